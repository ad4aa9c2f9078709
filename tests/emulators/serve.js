// s3rver and dynalite on free ports of 127.0.0.1, until stdin closes.
// usage: node serve.js NODE_MODULES FOLDER; prints "s3 PORT" and "dynamodb PORT".
"use strict";
const { createRequire } = require("module");
const [modules, folder] = process.argv.slice(2);
const load = createRequire(modules + "/");
const S3rver = load("s3rver");
const dynalite = load("dynalite");

const s3 = new S3rver({
  address: "127.0.0.1", port: 0, silent: true, directory: folder,
  configureBuckets: [{ name: "emulated" }],
});
s3.run().then((address) => {
  console.log("s3 " + address.port);
  const tables = dynalite({ createTableMs: 0 });
  tables.listen(0, "127.0.0.1", () => {
    console.log("dynamodb " + tables.address().port);
  });
}, (error) => { console.error(String(error)); process.exit(1); });
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
