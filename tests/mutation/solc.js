// The npm build of solc as a server: starting it anew for each mutant would cost seconds. A line of standard input
// is a standard JSON input, a line of standard output is the output.
"use strict";
const readline = require("readline");
const solc = require("solc");
for (const name of ["unhandledRejection", "uncaughtException"]) process.removeAllListeners(name);

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(JSON.parse(solc.compile(line))) + "\n");
});
