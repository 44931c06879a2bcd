package cli

// Verbs are the verbs of each command, for completion.
func Verbs() map[string][]string {
	return map[string][]string{
		"connector": {"list", "get", "create", "apply", "diff", "pause", "resume", "stop", "restart", "delete", "watch"},
		"plugin":    {"list", "show"},
		"offsets":   {"show", "alter", "reset"},
		"cluster":   {"info", "contexts", "set-context", "use-context"},
	}
}
