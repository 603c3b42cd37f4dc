package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish. For bash, put source <(rosterd completion bash) into ~/.bashrc; likewise for zsh; for fish, rosterd completion fish | source into config.fish."`
}

// Run prints the script.
func (c *completionCommand) Run(env environment) error {
	_, err := fmt.Fprint(env.stdout, completionScripts[c.Shell])
	return err
}

// completionScripts ask rosterd itself, by completeCommand, each time.
var completionScripts = map[string]string{
	// Bash parts words at = and : too, and replaces only what stands behind the last
	// of these.
	"bash": `_rosterd() {
    local IFS=$'\n' words=() current="" glue="" i
    for ((i = 1; i <= COMP_CWORD; i++)); do
        if [[ $i -gt 1 && ( $glue || ${COMP_WORDS[i]} =~ ^[=:]+$ ) ]]; then
            current+=${COMP_WORDS[i]}
            words[${#words[@]}-1]=$current
        else
            current=${COMP_WORDS[i]}
            words+=("$current")
        fi
        glue=""
        if [[ ${COMP_WORDS[i]} =~ ^[=:]+$ ]]; then glue=1; fi
    done
    COMPREPLY=($("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null))
    if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*=}"}"}")
    elif [[ ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -F _rosterd rosterd
`,
	"zsh": `#compdef rosterd
_rosterd() {
    local -a candidates
    candidates=(${(f)"$(${~words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)"})
    if ((${#candidates})); then
        compadd -S '' -- ${(M)candidates:#*=}
        compadd -- ${candidates:#*=}
    else
        _files
    fi
}
compdef _rosterd rosterd
`,
	"fish": `function __rosterd_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l candidates ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\n' $candidates
    else
        __fish_complete_path "$current"
    end
end
complete --command rosterd --no-files --arguments '(__rosterd_complete)'
`,
}

// completeCommand is what the scripts call: with the words of a command line, the
// last of which is to be completed.
type completeCommand struct {
	Words []string `arg:"" optional:""`
}

// Run prints the candidates, one a line.
func (c *completeCommand) Run(env environment, parsed *kong.Context) error {
	methods, err := table(directory.RevisionSeed)
	if err != nil {
		return err
	}
	for _, candidate := range complete(parsed.Model.Node, methods, c.Words) {
		fmt.Fprintln(env.stdout, candidate)
	}
	return nil
}

// complete are the candidates for the last of words.
func complete(node *kong.Node, methods []rpc.Info, words []string) []string {
	if len(words) == 0 {
		return nil
	}
	current := words[len(words)-1]
	var args []string
	var valueOf *kong.Flag // the flag whose value comes next
	for _, word := range words[:len(words)-1] {
		child := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == word })
		switch {
		case valueOf != nil:
			valueOf = nil
		case strings.HasPrefix(word, "-"):
			if f := flagNamed(node, word); f != nil && !f.IsBool() && !strings.Contains(word, "=") {
				valueOf = f
			}
		case child >= 0:
			node = node.Children[child]
		default:
			args = append(args, word)
		}
	}
	var all []string
	flag, _, isSet := strings.Cut(current, "=")
	switch {
	case valueOf != nil:
		all = valueOf.EnumSlice()
	case strings.HasPrefix(current, "-") && isSet:
		if f := flagNamed(node, flag); f != nil {
			all = prefixed(flag+"=", f.EnumSlice())
		}
	case strings.HasPrefix(current, "-"):
		for _, f := range flagsOf(node) {
			all = append(all, "--"+f.Name)
		}
	case node.Name == "call":
		all = completeCall(methods, args, current)
	case len(node.Positional) > 0:
		all = node.Positional[0].EnumSlice()
	default:
		for _, child := range node.Children {
			if !child.Hidden {
				all = append(all, child.Name)
			}
		}
	}
	return slices.DeleteFunc(all, func(c string) bool { return !strings.HasPrefix(c, current) })
}

// completeCall are the candidates for an argument of rosterd call, after args: a
// method, a parameter that is not there yet, or its value.
func completeCall(methods []rpc.Info, args []string, current string) []string {
	var all []string
	if len(args) == 0 {
		for _, m := range methods {
			all = append(all, m.Name)
		}
		return all
	}
	i := slices.IndexFunc(methods, func(m rpc.Info) bool { return m.Name == args[0] })
	if i < 0 {
		return nil
	}
	for _, f := range methods[i].Parameters() {
		given := slices.ContainsFunc(args[1:], func(arg string) bool { return strings.HasPrefix(arg, f.Name+"=") })
		switch {
		case given || f.Name == accessToken:
		case !strings.HasPrefix(current, f.Name+"="):
			all = append(all, f.Name+"=")
		case f.Type.Kind == schema.Boolean:
			all = prefixed(f.Name+"=", []string{"true", "false"})
		case f.Type.Kind == schema.Enum:
			all = prefixed(f.Name+"=", f.Enum)
		}
	}
	return all
}

// flagNamed is the flag of a word like --name or --name=value, nil if there is
// none.
func flagNamed(node *kong.Node, word string) *kong.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, f := range flagsOf(node) {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// flagsOf are the flags that may stand behind a command, also if they are those of
// a subcommand whose name may be left out.
func flagsOf(node *kong.Node) []*kong.Flag {
	if node.DefaultCmd != nil {
		node = node.DefaultCmd
	}
	return slices.Concat(node.AllFlags(true)...)
}

func prefixed(prefix string, words []string) []string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = prefix + word
	}
	return all
}
