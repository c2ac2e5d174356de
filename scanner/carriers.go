package scanner

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// carrier is a kind of file that git often ignores and that often contains keys.
type carrier struct {
	why   string
	globs []string
	// examples are paths that the globs match, for tests.
	examples []string
}

// carriers are the ignored files that are read.
var carriers = []carrier{
	{
		"variables of a developer's shell or of a container",
		[]string{
			"**/.env*", "**/*.env", "**/*env.json", "**/.dev.vars*", "**/*.local.*", "**/{docker-,}compose.override.{yml,yaml}",
			"**/*.tfvars*", "**/.*_history",
		},
		[]string{
			".env", "ci.env", "env.json", ".dev.vars", ".envrc", "vite.config.local.ts", "docker-compose.override.yml",
			"prod.auto.tfvars", ".bash_history",
		},
	},
	{
		"credentials of QA Sphere's client and of other tools",
		[]string{
			"**/.qaspherecli*", "**/credentials.json", "**/.npmrc", "**/.netrc", "**/_netrc", "**/.pypirc", "**/.secrets*",
			"**/*{secret,credential}*.{yml,yaml,json,toml,env,properties,xml,ini,conf}", "**/.docker/config.json", "**/.git-credentials",
		},
		[]string{
			".qaspherecli", "credentials.json", ".npmrc", ".netrc", ".secrets", "config/secrets.yml", "values.secret.yaml",
			"credentials.xml", ".streamlit/secrets.toml", ".docker/config.json", ".git-credentials",
		},
	},
	{
		"settings of an application on one machine",
		[]string{
			"**/local.properties", "**/appsettings.*.json", "**/application-*.{yml,yaml,properties}", "**/local_settings.py",
			"**/local.settings.json", "**/launchSettings.json", "**/*.runsettings", "**/*.tfstate*",
		},
		[]string{
			"local.properties", "appsettings.Development.json", "src/application-dev.yml", "terraform.tfstate",
			"Properties/launchSettings.json", "ci.runsettings",
		},
	},
	{
		"MCP servers of editors and assistants, with their headers and variables",
		[]string{
			"**/{.,}mcp.json", "**/mcp{_,-}{config,settings}.json", "**/.claude.json", "**/claude_desktop_config.json",
			"**/.{codex,gemini,zed,cursor,windsurf,kiro,roo,cline,continue,opencode,amazonq,augment,crush,factory,goose,junie,qwen,trae}/**",
			"**/opencode.json", "**/*.code-workspace",
		},
		[]string{
			".mcp.json", "mcp.json", ".claude.json", "claude_desktop_config.json", ".codex/config.toml", ".gemini/settings.json",
			".zed/settings.json", ".cursor/mcp.json", "mcp-config.json", ".qwen/settings.json",
		},
	},
	{
		"run configurations and settings of editors, and the copies of files that they keep",
		[]string{
			"**/.vscode/*.json", "**/.idea/{workspace.xml,httpRequests/**,runConfigurations/**}", "**/.run/*.xml", "**/.history/**",
		},
		[]string{
			".vscode/settings.json", ".vscode/mcp.json", ".vscode/launch.json", ".idea/workspace.xml", ".run/tests.run.xml",
			".history/a/settings_20250102.py",
		},
	},
	{
		"transcripts of assistants, with what they read and ran",
		[]string{
			"**/.claude/**", "**/.aider*", "**/.{specstory,copilot,entire,playwright-mcp}/**", "**/*transcript*.{json,jsonl,md,txt}",
		},
		[]string{
			".claude/settings.local.json", ".claude/projects/a/session.jsonl", ".aider.chat.history.md", "agent-transcript.jsonl",
			".playwright-mcp/page.yml",
		},
	},
	{
		"environments and requests of API clients",
		[]string{
			"**/cypress.env.json", "**/http-client{.private,}.env.json", "**/.rest-client.env.json", "**/rest-client.env.json",
			"**/*.postman_{environment,collection,globals}.json", "**/*{insomnia,Insomnia,hoppscotch}*.{json,yaml,yml}",
			"**/thunder-tests/**", "**/*.{http,rest,jmx,bru,har,saz,pcap,pcapng}",
		},
		[]string{
			"cypress.env.json", "http-client.private.env.json", ".rest-client.env.json", "qa.postman_environment.json",
			"api.http", "load.jmx", "login.har", "hoppscotch-team.json", "thunder-tests/thunderEnvironment.json",
		},
	},
	{
		"reports and traces of test runs, which contain request headers",
		[]string{
			"**/{playwright-report,test-results,allure-results,allure-report,coverage,reports,newman,cypress}/**",
			"**/{blob-report,mochawesome-report,surefire-reports,failsafe-reports,karate-reports,TestResults}/**", "**/trace*.zip",
			"**/{results,junit,report,output}*.xml", "**/{log,report}.html", "**/cucumber*.json", "**/*.{jtl,log,trx}", "**/nohup.out",
		},
		[]string{
			"playwright-report/index.html", "trace.zip", "blob-report/report-1.zip", "mochawesome-report/a.json", "results.xml",
			"junit.xml", "run.log", "target/failsafe-reports/a.txt", "cucumber-report.json", "report.html",
		},
	},
	{
		"sessions that tests log in with",
		[]string{"**/playwright/.auth/**", "**/.auth/*.json", "**/{storageState,storage-state,storage_state}*.json"},
		[]string{"playwright/.auth/user.json", ".auth/admin.json", "storageState.json"},
	},
	{
		"code that ships to clients",
		[]string{
			"**/{dist,build,out,public,www,.next,.nuxt,.output,.svelte-kit,storybook-static}/**",
			"**/*.{apk,ipa,aab,asar,crx,xpi,vsix,tgz,map,bundle,jsbundle}",
		},
		[]string{"dist/app.js", "static/app.js.map", "main.jsbundle"},
	},
}

// isCarrier reports whether an ignored file is read.
func isCarrier(name string) bool {
	return slices.ContainsFunc(carriers, func(c carrier) bool {
		return slices.ContainsFunc(c.globs, func(glob string) bool { return doublestar.MatchUnvalidated(glob, name) })
	})
}

// templates are what the names of examples have that a repository has in place of a file
// with values of one machine: config.example.yml, config.yml.dist.
var templates = []string{"example", "sample", "template", "dist"}

// hasTemplate reports whether one of the tracked files, which are sorted, is the example of a
// file.
func hasTemplate(tracked []string, name string) bool {
	extension := path.Ext(name)
	return slices.ContainsFunc(templates, func(word string) bool {
		return slices.ContainsFunc([]string{
			name + "." + word, strings.TrimSuffix(name, extension) + "." + word + extension,
			path.Join(path.Dir(name), word+"."+path.Base(name)),
		}, func(other string) bool {
			_, found := slices.BinarySearch(tracked, other)
			return found
		})
	})
}

// telling are words in the names of files that may contain keys without being of a known
// kind.
var telling = []string{"secret", "token", "credential", "apikey", "api-key", "api_key", "password", "qasphere", "session", "cookie", "auth"}

// looksLikeCarrier reports whether the name of an unread ignored file or folder says that it
// may contain keys.
func looksLikeCarrier(name string) bool {
	base := strings.ToLower(path.Base(name))
	return slices.ContainsFunc(telling, func(word string) bool { return strings.Contains(base, word) })
}

// How far an ignored folder is searched for carriers: it may be a cache with a million
// files.
const (
	carrierDepth = 4
	carrierFiles = 2000
)

// carriersBelow returns the carriers in an ignored folder, and the files there that look like
// some. It does not search folders of installed packages.
func carriersBelow(root, dir string) (found, alike []string) {
	type folder struct {
		name  string
		depth int
	}
	seen := 0
	for queue := []folder{{dir, 1}}; len(queue) > 0 && seen < carrierFiles; queue = queue[1:] {
		below, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(queue[0].name)))
		if err != nil {
			continue // it is not read, which the report says
		}
		for _, entry := range below {
			seen++
			name := queue[0].name + "/" + entry.Name()
			switch {
			case entry.IsDir():
				if queue[0].depth < carrierDepth && !slices.Contains(installed, entry.Name()) {
					queue = append(queue, folder{name, queue[0].depth + 1})
				}
			case !entry.Type().IsRegular():
			case isCarrier(name):
				found = append(found, name)
			case looksLikeCarrier(name):
				alike = append(alike, name)
			}
		}
	}
	return found, alike
}

// installed are folders of installed packages and of caches.
var installed = []string{
	"node_modules", "vendor", "bower_components", ".venv", "venv", "site-packages", "Pods", ".git", ".gradle", ".cache", ".yarn",
	".pnpm-store",
}
