// Package kubernetes tests the manifests in this directory.
package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// load decodes a manifest strictly: a field that Kubernetes does not know is an error.
func load(t *testing.T, name string) batch.Job {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var job batch.Job
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		t.Fatal(err)
	}
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || len(job.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("%s: not a Job with one container", name)
	}
	return job
}

func container(job batch.Job) core.Container { return job.Spec.Template.Spec.Containers[0] }

// The API server would refuse a Job without these.
func TestManifest(t *testing.T) {
	job := load(t, "job.yml")
	spec := job.Spec
	if *spec.CompletionMode != batch.IndexedCompletion || *spec.BackoffLimitPerIndex < 1 || *spec.MaxFailedIndexes > *spec.Completions {
		t.Error("the Job is not indexed, or does not retry an index")
	}
	rule := spec.PodFailurePolicy.Rules[0]
	if rule.Action != batch.PodFailurePolicyActionFailIndex || !reflect.DeepEqual(rule.OnExitCodes.Values, []int32{2}) || *rule.OnExitCodes.ContainerName != container(job).Name {
		t.Error("status 2 does not fail the index")
	}
	if spec.Template.Spec.RestartPolicy != core.RestartPolicyNever {
		t.Error("a failure policy needs restartPolicy: Never")
	}
	if env := container(job).Env[0]; env.Name != "JOB_COMPLETIONS" || env.Value != strconv.Itoa(int(*spec.Completions)) {
		t.Errorf("%s is %s, and there are %d completions", env.Name, env.Value, *spec.Completions)
	}
	for _, job := range []batch.Job{job, load(t, "merge.yml")} {
		volumes := map[string]bool{}
		for _, v := range job.Spec.Template.Spec.Volumes {
			volumes[v.Name] = true
		}
		for _, m := range container(job).VolumeMounts {
			if !volumes[m.Name] {
				t.Errorf("%s: there is no volume %s", job.Name, m.Name)
			}
			if m.Name == "mirrors" && !m.ReadOnly {
				t.Error("the mirrors can be written")
			}
		}
	}
}

// cluster runs the command lines of the manifests, with directories for volumes.
type cluster struct{ bin, mirrors, results string }

func (c cluster) command(job batch.Job, env ...string) *exec.Cmd {
	args := append([]string{}, container(job).Command...)
	for i := range args {
		args[i] = strings.NewReplacer("/mirrors", c.mirrors, "/results", c.results).Replace(args[i])
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+c.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, e := range container(job).Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// The pods together find what one scan finds, also if one of them is killed and started
// again.
func TestPods(t *testing.T) {
	dir := t.TempDir()
	c := cluster{filepath.Join(dir, "bin"), filepath.Join(dir, "mirrors"), filepath.Join(dir, "results")}
	for _, made := range []string{c.bin, c.mirrors, c.results} {
		if err := os.Mkdir(made, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "../..", "go", "build", "-buildvcs=false", "-o", filepath.Join(c.bin, "qasleaks"), ".")
	run(t, dir, filepath.Join(c.bin, "qasleaks"), "demo", "--keep", "demo", "--quiet")
	var list strings.Builder
	for i := range 20 {
		name := filepath.Join(c.mirrors, fmt.Sprintf("r%d.git", i))
		run(t, dir, "git", "clone", "-q", "--mirror", "demo", name)
		run(t, dir, "git", "-C", name, "branch", fmt.Sprintf("b%d", i), "HEAD")
		fmt.Fprintln(&list, name)
	}
	fmt.Fprintln(&list, filepath.Join(c.mirrors, "missing.git"))
	if err := os.WriteFile(filepath.Join(c.mirrors, "targets.txt"), []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	job := load(t, "job.yml")
	var pods []*exec.Cmd
	index := func(i int) string { return fmt.Sprintf("JOB_COMPLETION_INDEX=%d", i) }
	for i := range int(*job.Spec.Completions) {
		pod := c.command(job, index(i))
		if err := pod.Start(); err != nil {
			t.Fatal(err)
		}
		pods = append(pods, pod)
	}
	time.Sleep(20 * time.Millisecond)
	_ = pods[3].Process.Kill()
	for i, pod := range pods {
		if err := pod.Wait(); err != nil && i != 3 {
			t.Errorf("pod %d: %v", i, err)
		}
	}
	again := c.command(job, index(3))
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("the pod that is started again: %v\n%s", err, out)
	}
	wrong := c.command(job, index(8))
	if err := wrong.Run(); wrong.ProcessState.ExitCode() != 2 {
		t.Errorf("an index that is too large: %v", err)
	}
	merge := c.command(load(t, "merge.yml"))
	if out, err := merge.CombinedOutput(); merge.ProcessState.ExitCode() != 1 {
		t.Fatalf("merge: %v\n%s", err, out)
	}
	once := exec.Command(filepath.Join(c.bin, "qasleaks"), "scan", "--targets", filepath.Join(c.mirrors, "targets.txt"), "--format", "json")
	want, _ := once.Output()
	got, err := os.ReadFile(filepath.Join(c.results, "all.json"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := timeless(t, got), timeless(t, want); !bytes.Equal(a, b) {
		t.Errorf("the pods have\n%s\none scan has\n%s", a, b)
	}
}

// timeless returns a report without durations and the time of the scan.
func timeless(t *testing.T, text []byte) []byte {
	t.Helper()
	var report any
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var clear func(v any)
	clear = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "seconds")
			delete(v, "lastSeenAt")
			for _, member := range v {
				clear(member)
			}
		case []any:
			for _, item := range v {
				clear(item)
			}
		}
	}
	clear(report)
	out, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}
