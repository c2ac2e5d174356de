package cli

// completionScripts are what "qasleaks completion" prints for each of shells.
var completionScripts = map[string]string{
	// -o default completes files where there are no candidates.
	"bash": `# qasleaks: completion for bash
_qasleaks() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%$'\t'*}")
	done < <("$1" ` + completeName + ` -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" "+${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
}
complete -o default -F _qasleaks qasleaks
`,
	"zsh": `#compdef qasleaks
# qasleaks: completion for zsh
_qasleaks() {
	local -a candidates
	local line
	"${words[1]}" ` + completeName + ` -- "${(@)words[2,CURRENT-1]}" "+${words[CURRENT]}" 2>/dev/null | while IFS= read -r line; do
		candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	if (( ${#candidates} )); then
		_describe qasleaks candidates
	else
		_files
	fi
}
if [[ ${funcstack[1]} == _qasleaks ]]; then
	_qasleaks
else
	compdef _qasleaks qasleaks
fi
`,
	"fish": `# qasleaks: completion for fish
function __qasleaks_complete
	set -l words (commandline -opc)
	set -l typed (commandline -ct)
	$words[1] ` + completeName + ` -- $words[2..-1] "+$typed" 2>/dev/null
end
complete -c qasleaks -n 'count (__qasleaks_complete) >/dev/null' -f -a '(__qasleaks_complete)'
`,
	"powershell": `# qasleaks: completion for PowerShell
Register-ArgumentCompleter -Native -CommandName qasleaks -ScriptBlock {
	param($typed, $line, $position)
	$words = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { "$_" })
	$program = $words[0]
	$before = @($words | Select-Object -Skip 1)
	& $program ` + completeName + ` -- @before "+$typed" 2>$null | ForEach-Object {
		$word, $meaning = $_ -split "` + "`t" + `", 2
		if (-not $meaning) { $meaning = $word }
		[System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
	}
}
`,
}
