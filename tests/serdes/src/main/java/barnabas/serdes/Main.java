package barnabas.serdes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the records of a plan, or reads its topics from beginning to end: {@code write PLAN} or {@code read PLAN}. Prints each record as a
 * line of JSON, in the order of each topic: the topic, and of the key and the value what is in its frame and the text of its data.
 */
final class Main {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** How both sides of a topic are written and read; null for a side without schema. */
  private record Codecs(Codec key, Codec value) {}

  public static void main(String[] args) throws Exception {
    Plan plan = Plan.read(args[1]);
    Map<String, Codecs> codecs = new HashMap<>();
    for (Plan.Topic topic : plan.topics()) {
      Codec key = topic.key() == null ? null : Codec.of(plan.registry(), topic.topic(), true, topic.key());
      codecs.put(topic.topic(), new Codecs(key, Codec.of(plan.registry(), topic.topic(), false, topic.value())));
    }
    switch (args[0]) {
      case "write" -> write(plan, codecs);
      case "read" -> read(plan, codecs);
      default -> throw new IllegalArgumentException(args[0]);
    }
    // Apicurio's client keeps threads of its own.
    System.exit(0);
  }

  private static void write(Plan plan, Map<String, Codecs> codecs) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", plan.bootstrap(), "linger.ms", 0);
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (Plan.Topic topic : plan.topics()) {
        Codecs sides = codecs.get(topic.topic());
        for (int i = 0; i < topic.value().data().size(); i++) {
          byte[] key = topic.key() == null ? null : written(topic, sides.key(), topic.key().data().get(i));
          byte[] value = written(topic, sides.value(), topic.value().data().get(i));
          producer.send(new ProducerRecord<>(topic.topic(), 0, key, value)).get();
          print(topic.topic(), sides, key, value);
        }
      }
    }
  }

  private static byte[] written(Plan.Topic topic, Codec codec, String json) {
    try {
      return json == null ? null : codec.write(json);
    } catch (Exception e) {
      throw new IllegalStateException("%s: Java cannot write %s".formatted(topic.topic(), json), e);
    }
  }

  private static void read(Plan plan, Map<String, Codecs> codecs) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", plan.bootstrap(), "auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = plan.topics().stream().map(topic -> new TopicPartition(topic.topic(), 0)).toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
      Map<String, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("the topics' ends were not reached in time");
        }
        consumer.poll(Duration.ofMillis(100)).forEach(r -> records.computeIfAbsent(r.topic(), topic -> new ArrayList<>()).add(r));
      }
      for (Plan.Topic topic : plan.topics()) {
        for (var record : records.getOrDefault(topic.topic(), List.of())) {
          print(topic.topic(), codecs.get(topic.topic()), record.key(), record.value());
        }
      }
    }
  }

  private static void print(String topic, Codecs codecs, byte[] key, byte[] value) throws Exception {
    var line = MAPPER.createObjectNode().put("topic", topic);
    line.set("key", codecs.key() == null ? null : shown(topic, codecs.key(), key));
    line.set("value", shown(topic, codecs.value(), value));
    System.out.println(MAPPER.writeValueAsString(line));
  }

  /** A key or a value as it is printed: the id in the frame, the bytes, and their JSON text, or why Java cannot read them. */
  private static JsonNode shown(String topic, Codec codec, byte[] bytes) {
    var shown = MAPPER.createObjectNode();
    if (bytes == null) {
      return shown.put("json", "null");
    }
    shown.put("bytes", Base64.getEncoder().encodeToString(bytes));
    try {
      shown.put("id", ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt());
      shown.put("json", codec.read(bytes));
    } catch (Exception e) {
      shown.put("error", e.toString());
    }
    return shown;
  }
}
