import java.io.File;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/** Recode FROM TO: reads the records of an Avro container, whatever its codec, and writes them without compression. */
public class Recode {
  public static void main(String[] args) throws Exception {
    try (var in = new DataFileReader<GenericRecord>(new File(args[0]), new GenericDatumReader<>());
        var out = new DataFileWriter<GenericRecord>(new GenericDatumWriter<>())) {
      out.setCodec(CodecFactory.nullCodec());
      out.create(in.getSchema(), new File(args[1]));
      for (GenericRecord r : in) out.append(r);
    }
  }
}
