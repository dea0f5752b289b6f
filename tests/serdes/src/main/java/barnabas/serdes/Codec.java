package barnabas.serdes;

import java.util.HashMap;
import java.util.Map;

/** The keys or the values of one topic, between JSON text and the bytes that Kafka keeps. */
interface Codec {
  /** The bytes that a Java producer writes for this JSON text. */
  byte[] write(String json) throws Exception;

  /** The JSON text of what a Java consumer sees in these bytes, in the form of the format's own library. */
  String read(byte[] bytes) throws Exception;

  static Codec of(String registry, String topic, boolean isKey, Plan.Side side) throws Exception {
    return switch (side.format()) {
      case "AVRO" -> new AvroCodec(settings(registry), topic, isKey, side);
      case "JSONSCHEMA" -> new JsonSchemaCodec(settings(registry), topic, isKey);
      case "PROTOBUF" -> new ProtobufCodec(side);
      default -> throw new IllegalArgumentException(side.format());
    };
  }

  /** Apicurio's settings under which its bytes are those of Confluent's serializers. The schema is there already: the tests register it. */
  private static Map<String, Object> settings(String registry) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("apicurio.registry.url", registry);
    settings.put("apicurio.registry.find-latest", true);
    settings.put("apicurio.registry.artifact-resolver-strategy", "io.apicurio.registry.serde.strategy.TopicIdStrategy");
    settings.put("apicurio.registry.artifact.group-id", "default");
    settings.put("apicurio.registry.use-id", "contentId");
    return settings;
  }
}
