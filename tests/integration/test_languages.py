#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Every language of the default policies: compiled, run against cases, and described with every key of the contract."""

import os

from tap import SCALE, is_, isin, ok, run_json, share, skip, source, tool

SUM = os.path.join(os.environ["ASSAY_SOURCE"], "tests/fixtures/problems/sum")

# All of the C++ library is a minute's work for an emulated machine, and the same text on each.
STDCXX = "bits/stdc++.h" if SCALE == 1 else "iostream"

# name, file name, source, program that the toolchain needs, Debian's package
LANGUAGES = [
    ("c", "sum.c", "#include <stdio.h>\nint main(void){int n;long t=0,x;scanf(\"%d\",&n);"
     "while(n-->0&&scanf(\"%ld\",&x)==1)t+=x;printf(\"%ld\\n\",t);}", "gcc", "gcc"),
    ("cpp", "sum.cpp", "#include <" + STDCXX + ">\nint main(){long n,t=0,x;std::cin>>n;"
     "while(n-->0&&std::cin>>x)t+=x;std::cout<<t<<'\\n';}", "g++", "g++"),
    ("python", "sum.py", "import sys\nd=sys.stdin.read().split()\nprint(sum(map(int,d[1:])))\n", "python3", "python3"),
    ("javascript", "sum.js", "const d=require('fs').readFileSync(0,'utf8').split(/\\s+/).filter(x=>x).map(Number);"
     "console.log(d.slice(1).reduce((a,b)=>a+b,0));", "node", "nodejs"),
    ("java", "Main.java", "import java.util.*;public class Main{public static void main(String[] a){"
     "Scanner s=new Scanner(System.in);int n=s.nextInt();long t=0;for(int i=0;i<n;i++)t+=s.nextLong();"
     "System.out.println(t);}}", "javac", "openjdk-17-jdk-headless"),
    ("go", "sum.go", "package main\nimport \"fmt\"\nfunc main(){var n int;fmt.Scan(&n);t:=0;"
     "for i:=0;i<n;i++{var x int;fmt.Scan(&x);t+=x};fmt.Println(t)}\n", "go", "golang-go"),
    ("rust", "sum.rs", "use std::io::*;fn main(){let mut s=String::new();stdin().read_to_string(&mut s).unwrap();"
     "let v:Vec<i64>=s.split_whitespace().map(|x|x.parse().unwrap()).collect();"
     "println!(\"{}\",v[1..].iter().sum::<i64>());}", "rustc", "rustc-web"),
    ("shell", "sum.sh", "read -r n; t=0; for x in $(cat); do t=$((t+x)); done; echo $t\n", "bash", "bash"),
]

RUN_KEYS = {"version", "id", "policy", "policy_hash", "verdict", "score", "message", "compile", "tests", "gas", "trace",
            "environment"}
STEP_KEYS = {"verdict", "exit_code", "exit_signal", "cpu_time_ns", "user_time_ns", "system_time_ns", "wall_time_ns",
             "memory_peak_bytes", "memory_source", "processes_peak", "oom_killed", "limits_hit", "stdout_bytes",
             "stderr_bytes", "stdout", "stderr", "truncated", "gas_used", "syscalls", "denied", "checker_message"}
ENVIRONMENT_KEYS = {"kernel", "cgroup", "layers", "degraded"}


def judge(name, file_name, text):
    result = run_json("--tests", SUM, source(text, file_name))
    is_(result["verdict"], "AC", f"{name}: accepted", result["message"], result["_stderr"])
    is_(result["policy"], name, f"{name}: chosen by its extension")
    is_(RUN_KEYS - set(result), set(), f"{name}: every key of a run")
    is_(set(result["environment"]) >= ENVIRONMENT_KEYS, True, f"{name}: every key of the environment")
    is_(result["environment"]["degraded"], [], f"{name}: no layer was given up")
    steps = result["tests"] + ([result["compile"]] if result["compile"] else [])
    is_([STEP_KEYS - set(step) for step in steps], [set()] * len(steps), f"{name}: every key of every step")
    ok(all((step["cpu_time_ns"] or 0) > 0 for step in steps), f"{name}: CPU time was counted in every step")
    ok(all((step["wall_time_ns"] or 0) > 0 for step in steps), f"{name}: wall time was counted in every step")
    is_([step["limits_hit"] for step in steps], [[]] * len(steps), f"{name}: no limit was hit")
    isin(result["environment"]["cgroup"], ("v2", "hybrid"), f"{name}: the cgroup mode is named")


for language, file_name, text, program, package in share(LANGUAGES, least=2):  # test_demo_matrix has them all
    if tool(program) is None:
        skip(f"{language}: accepted", f"{program} (package {package})")
    else:
        judge(language, file_name, text)
