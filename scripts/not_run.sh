# Functions for scripts that use the tools of others. To be sourced.

# not_run WHAT… reports a part that cannot run because a tool is missing. With CI=true
# that is a failure: package registries have the tool, and .ci/run installs it.
not_run() {
	echo "NOT RUN: $*"
	if [ "${CI:-}" = true ]; then
		echo "With CI=true every part must run." >&2
		exit 1
	fi
}

# unavailable WHAT… reports a part that cannot run because of a tool that Debian, npm
# and the Go module proxy do not have. It is never a failure.
unavailable() { echo "NOT RUN: $*"; }
