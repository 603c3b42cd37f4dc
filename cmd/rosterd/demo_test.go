package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The demo imports the 1,000 employees of the example, all of them, and compares what
// is exported; it says itself what is not as it should be.
func TestDemo(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	out, err := exec.CommandContext(t.Context(), bash, "../../examples/demo.sh", binary).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"  created    1000\n", "both exports have the same rows", "  failed     4\n", "1001 employees verified, no problem found"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
}
