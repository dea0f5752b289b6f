package barnabas.serdes;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * protobuf-java over the descriptors that protoc made, with the frame written by hand: Apicurio's serializer cannot have imports, and its
 * deserializer takes the first message of a file whatever the indexes say. JSON text is read and written by protobuf-java's JsonFormat.
 */
final class ProtobufCodec implements Codec {
  private static final int FRAME_BYTES = 5;

  private final int id;
  private final FileDescriptor file;
  private final Descriptor message;
  private final List<Integer> indexes = new ArrayList<>();
  private final TypeRegistry types;

  ProtobufCodec(Plan.Side side) throws Exception {
    id = side.id();
    Map<String, FileDescriptor> files = new HashMap<>();
    FileDescriptor last = null;
    for (FileDescriptorProto proto : FileDescriptorSet.parseFrom(Base64.getDecoder().decode(side.schema())).getFileList()) {
      last = FileDescriptor.buildFrom(proto, proto.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new));
      files.put(proto.getName(), last);
    }
    file = last;
    types = TypeRegistry.newBuilder().add(file.getMessageTypes()).build();
    String[] names = side.message().substring(file.getPackage().length() + 1).split("\\.");
    Descriptor found = file.findMessageTypeByName(names[0]);
    indexes.add(found.getIndex());
    for (int i = 1; i < names.length; i++) {
      found = found.findNestedTypeByName(names[i]);
      indexes.add(found.getIndex());
    }
    message = found;
  }

  @Override
  public byte[] write(String json) throws Exception {
    var builder = DynamicMessage.newBuilder(message);
    JsonFormat.parser().usingTypeRegistry(types).merge(json, builder);
    var bytes = new ByteArrayOutputStream();
    var frame = new DataOutputStream(bytes);
    frame.writeByte(0);
    frame.writeInt(id);
    var output = CodedOutputStream.newInstance(bytes);
    if (indexes.equals(List.of(0))) {
      output.writeSInt32NoTag(0);
    } else {
      output.writeSInt32NoTag(indexes.size());
      for (int index : indexes) {
        output.writeSInt32NoTag(index);
      }
    }
    builder.build().writeTo(output);
    output.flush();
    return bytes.toByteArray();
  }

  @Override
  public String read(byte[] bytes) throws Exception {
    var input = CodedInputStream.newInstance(bytes, FRAME_BYTES, bytes.length - FRAME_BYTES);
    var datum = DynamicMessage.parseFrom(indexed(input), input);
    return JsonFormat.printer().usingTypeRegistry(types).alwaysPrintFieldsWithNoPresence().print(datum);
  }

  /** The message that the indexes at the beginning lead to. */
  private Descriptor indexed(CodedInputStream input) throws Exception {
    int count = input.readSInt32();
    Descriptor found = file.getMessageTypes().get(count == 0 ? 0 : input.readSInt32());
    for (int i = 1; i < count; i++) {
      found = found.getNestedTypes().get(input.readSInt32());
    }
    return found;
  }
}
