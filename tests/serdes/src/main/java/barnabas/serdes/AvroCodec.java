package barnabas.serdes;

import io.apicurio.registry.serde.avro.AvroKafkaDeserializer;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import io.apicurio.registry.serde.avro.NonRecordContainer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Apicurio's serializer of Avro. JSON text is read and written by Avro's own JSON encoding. */
final class AvroCodec implements Codec {
  private final String topic;
  private final Schema schema;
  private final AvroKafkaSerializer<Object> serializer = new AvroKafkaSerializer<>();
  private final AvroKafkaDeserializer<Object> deserializer = new AvroKafkaDeserializer<>();

  AvroCodec(Map<String, Object> settings, String topic, boolean isKey, Plan.Side side) {
    this.topic = topic;
    // Default values are what they are: a registry takes them unchecked, too.
    Schema.Parser parser = new Schema.Parser(NameValidator.UTF_VALIDATOR);
    side.references().forEach(parser::parse);
    schema = parser.parse(side.schema());
    serializer.configure(settings, isKey);
    deserializer.configure(settings, isKey);
  }

  @Override
  public byte[] write(String json) throws Exception {
    var datum = new GenericDatumReader<Object>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, json));
    // Only records and their like tell their schema.
    return serializer.serialize(topic, datum instanceof IndexedRecord ? datum : new NonRecordContainer(schema, datum));
  }

  @Override
  public String read(byte[] bytes) throws Exception {
    Object datum = deserializer.deserialize(topic, bytes);
    var json = new ByteArrayOutputStream();
    var encoder = EncoderFactory.get().jsonEncoder(schema, json);
    new GenericDatumWriter<Object>(schema).write(datum, encoder);
    encoder.flush();
    return json.toString(StandardCharsets.UTF_8);
  }
}
