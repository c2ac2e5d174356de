import { defineConfig, loadEnv } from 'vite';
import react from '@vitejs/plugin-react';

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, process.cwd(), '');
  return {
    plugins: [react()],
    envPrefix: ['VITE_', 'APP_'],
    define: {
      __APP_VERSION__: JSON.stringify(process.env.npm_package_version),
      __CAN_UPLOAD__: Boolean(env.QAS_TOKEN),
      'import.meta.env.HAS_KEY': !!env.QAS_TOKEN,
    },
    server: {
      proxy: {
        '/api': {
          target: env.VITE_QAS_URL,
          changeOrigin: true,
          headers: { Authorization: `Bearer ${env.QAS_TOKEN}` },
        },
      },
    },
  };
});
