// Produces records to a topic through Barnabas and reads them back: node main.js [ADDRESS [TOPIC]]
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const includeDirs = [fileURLToPath(new URL("../../proto", import.meta.url))];
const files = ["barnabas/v3/record_service.proto", "barnabas/v2/consumer_service.proto"];
const { barnabas } = grpc.loadPackageDefinition(loadSync(files, { includeDirs, keepCase: true, defaults: true, longs: String }));

/** A unary method as a function that returns a promise and gives up after ten seconds. */
function unary(client, method) {
  const call = promisify(client[method].bind(client));
  return (request) => call(request, { deadline: Date.now() + 10_000 });
}

/** Ten records in one request, with one answer for each. */
async function produceBatch(client, topic) {
  const entries = Array.from({ length: 10 }, (_, i) => ({
    id: String(i),
    key: { payload: Buffer.from(`key-${i}`) },
    value: { payload: Buffer.from(`batch ${i}`) },
  }));
  const answer = await unary(client, "ProduceBatch")({ topic_name: topic, entries });
  for (const failure of answer.failures) console.error(`record ${failure.id} was not written: ${failure.message}`);
  return answer.successes.length;
}

/** Ten records in a stream; each is answered as soon as it is written. */
async function produceStream(client, topic) {
  const stream = client.ProduceRecords({ deadline: Date.now() + 30_000 });
  for (let i = 0; i < 10; i++) stream.write({ topic_name: topic, value: { payload: Buffer.from(`stream ${i}`) } });
  stream.end();
  let written = 0;
  for await (const answer of stream) {
    if (answer.error_code === 200) written += 1;
    else console.error(`not written: ${answer.message}`);
  }
  return written;
}

/** Reads the topic from its beginning until `count` records have come, for at most 30 seconds. */
async function consume(client, topic, count) {
  const group_id = `example-${randomUUID()}`;
  const { instance_id } = await unary(client, "CreateConsumer")({ group_id, format: "binary", auto_offset_reset: "earliest" });
  const instance = { group_id, instance_id };
  try {
    await unary(client, "Subscribe")({ ...instance, topics: [topic] });
    let read = 0;
    const end = Date.now() + 30_000;
    while (read < count && Date.now() < end) {
      const { records } = await unary(client, "ReadRecords")({ ...instance, timeout_ms: 1000 });
      for (const record of records) console.log(`${record.topic}/${record.partition}@${record.offset} ${record.value.payload}`);
      read += records.length;
    }
    return read;
  } finally {
    await unary(client, "DeleteConsumer")(instance);
  }
}

const [address = "127.0.0.1:8082", topic = "example-node"] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const records = new barnabas.v3.RecordService(address, credentials);
const consumers = new barnabas.v2.ConsumerService(address, credentials);
try {
  const written = (await produceBatch(records, topic)) + (await produceStream(records, topic));
  const read = await consume(consumers, topic, written);
  console.log(`wrote ${written} records, read ${read}`);
  process.exitCode = written === 20 && read >= written ? 0 : 1;
} finally {
  records.close();
  consumers.close();
}
