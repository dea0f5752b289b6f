package barnabas.serdes;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaDeserializer;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaSerializer;
import java.util.HashMap;
import java.util.Map;

/** Apicurio's serializer of JSON Schema, which checks data by the schema when it writes and when it reads. */
final class JsonSchemaCodec implements Codec {
  /** Keeps every digit. */
  private final ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private final String topic;
  private final JsonSchemaKafkaSerializer<JsonNode> serializer = new JsonSchemaKafkaSerializer<>();
  private final JsonSchemaKafkaDeserializer<JsonNode> deserializer = new JsonSchemaKafkaDeserializer<>();

  JsonSchemaCodec(Map<String, Object> settings, String topic, boolean isKey) {
    this.topic = topic;
    Map<String, Object> own = new HashMap<>(settings);
    own.put("apicurio.registry.serde.validation-enabled", true);
    own.put("apicurio.registry.deserializer.value.return-class", JsonNode.class);
    own.put("apicurio.registry.deserializer.key.return-class", JsonNode.class);
    serializer.configure(own, isKey);
    serializer.setObjectMapper(mapper);
    deserializer.configure(own, isKey);
    deserializer.setObjectMapper(mapper);
  }

  @Override
  public byte[] write(String json) throws Exception {
    return serializer.serialize(topic, mapper.readTree(json));
  }

  @Override
  public String read(byte[] bytes) throws Exception {
    return mapper.writeValueAsString(deserializer.deserialize(topic, bytes));
  }
}
