"""The executor of execution profile `wasm-1`.

profile   the profile: every setting that can change a result, and its hash
module    the static rules a program must keep
engine    the one importer of wasmtime
wasi      the host functions a program can call
compile   the compile process; cache: where compiled programs are kept
task      the task process; sandbox: the limits both processes set for themselves
runner    the parent: processes, cores, wall clock
"""
