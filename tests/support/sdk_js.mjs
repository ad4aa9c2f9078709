// npm's @aws-sdk/client-s3 in endpoint mode.  usage: node sdk_js.mjs NODE_MODULES ENDPOINT
import { createRequire } from "module";
const [modules, endpoint] = process.argv.slice(2);
const { S3Client, ListObjectsV2Command, GetObjectCommand, PutObjectCommand, DeleteObjectCommand,
  paginateListObjectsV2 } = createRequire(modules + "/")("@aws-sdk/client-s3");
const s3 = new S3Client({ endpoint, forcePathStyle: true, maxAttempts: 1 });
let n = 0;
function check(what, good, note) {
  n += 1;
  console.log(`${good ? "ok" : "not ok"} ${n} - ${what}`);
  if (!good) console.log("# " + JSON.stringify(note));
}
const list = await s3.send(new ListObjectsV2Command({ Bucket: "logs" }));
check("list", list.Contents.some((o) => o.Key === "a.txt"), list);
const got = await s3.send(new GetObjectCommand({ Bucket: "logs", Key: "a.txt" }));
check("get", (await got.Body.transformToString()) === "alpha\n");
const body = Buffer.alloc(5 << 20, "x");
await s3.send(new PutObjectCommand({ Bucket: "logs", Key: "sdk/js 1.bin", Body: body }));
const back = await s3.send(new GetObjectCommand({ Bucket: "logs", Key: "sdk/js 1.bin" }));
check("put 5 MB", Buffer.from(await back.Body.transformToByteArray()).equals(body));
const keys = [];
for await (const page of paginateListObjectsV2({ client: s3, pageSize: 1 }, { Bucket: "logs" }))
  keys.push(...page.Contents.map((o) => o.Key));
check("paginate", keys.length >= 4 && new Set(keys).size === keys.length, keys);
try {
  await s3.send(new DeleteObjectCommand({ Bucket: "logs", Key: "a.txt" }));
  check("a denied call raises AccessDenied", false);
} catch (e) {
  check("a denied call raises AccessDenied", e.name === "AccessDenied", String(e));
}
try {
  await s3.send(new GetObjectCommand({ Bucket: "logs", Key: "no/such" }));
  check("an error of the service is the SDK's own", false);
} catch (e) {
  check("an error of the service is the SDK's own", e.name === "NoSuchKey", String(e));
}
console.log(`1..${n}`);
