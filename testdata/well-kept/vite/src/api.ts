const base = import.meta.env.VITE_API_URL;

export async function projects(search: string, token: AbortSignal) {
  const answer = await fetch(`${base}/public/v0/project?search=${encodeURIComponent(search)}`, { signal: token });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}
