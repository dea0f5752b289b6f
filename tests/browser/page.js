// The page under test: produces records over gRPC-Web, reads them back and lists them.
// Its address is page.html?gateway=URL&topic=NAME
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { ConsumerService } from "./gen/barnabas/v2/consumer_service_pb.js";
import { RecordService } from "./gen/barnabas/v3/record_service_pb.js";

const utf8 = { encode: (text) => new TextEncoder().encode(text), decode: (bytes) => new TextDecoder().decode(bytes) };
const values = ["one", "two", "naïve ☕"];

async function produce(records, topicName) {
  const entries = values.map((value, i) => ({ id: String(i), value: { payload: utf8.encode(value) } }));
  const { successes, failures } = await records.produceBatch({ topicName, entries });
  if (failures.length > 0 || successes.length !== values.length) throw new Error(failures.map((it) => it.message).join());
}

async function consume(consumers, topic) {
  const groupId = `browser-${crypto.randomUUID()}`;
  const { instanceId } = await consumers.createConsumer({ groupId, format: "binary", autoOffsetReset: "earliest" });
  const instance = { groupId, instanceId };
  try {
    await consumers.subscribe({ ...instance, topics: [topic] });
    const list = document.querySelector("#records");
    while (list.children.length < values.length) {
      const { records } = await consumers.readRecords({ ...instance, timeoutMs: 1000n });
      for (const { value } of records) list.append(Object.assign(document.createElement("li"), { textContent: utf8.decode(value.content.value) }));
    }
  } finally {
    await consumers.deleteConsumer(instance);
  }
}

/** What a page sees of an error: its code needs the gateway to expose the headers of gRPC-Web to other origins. */
async function refuse(consumers) {
  try {
    await consumers.getSubscription({ groupId: "no-such-group", instanceId: "no-such-instance" });
  } catch (error) {
    return error.code;
  }
  throw new Error("an instance that does not exist has a subscription");
}

const state = document.querySelector("#state");
try {
  const parameters = new URLSearchParams(location.search);
  const transport = createGrpcWebTransport({ baseUrl: parameters.get("gateway"), defaultTimeoutMs: 20_000 });
  const topic = parameters.get("topic");
  const consumers = createClient(ConsumerService, transport);
  await produce(createClient(RecordService, transport), topic);
  await consume(consumers, topic);
  state.textContent = `done, an unknown instance is error ${await refuse(consumers)}`;
} catch (error) {
  state.textContent = `failed: ${error}`;
}
