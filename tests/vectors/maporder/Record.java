import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Records vectors (see ../testdata/README.md) of random maps that go through random chains of Kafka Connect's transforms, for
 * the order in which Java hands out their entries. From the repository, with the jars that localstack/real/fetch got:
 *
 *   java -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp '.cache/kafka-NUMBER/*' tests/vectors/maporder/Record.java SEED COUNT > tests/vectors/testdata/maporder.jsonl
 */
public class Record {
    static final String PKG = "org.apache.kafka.connect.";
    static final ObjectMapper JSON = new ObjectMapper();
    /** Many of them share a hash or a bucket. */
    static final String[] NAMES = ("a b c d e q r A B Aa BB AaAa BBBB AaBB BBAa AaAaA BBBBA Ab BC CDC D%C id name type ts at at_ms note tags city "
        + "zip lat lon temperature created_at updated_at customer customer_id order_id amount currency source target op before after payload "
        + "schema value key topic partition offset timestamp one two three four five six seven eight nine ten eleven twelve thirteen é 日本 😀 ñandú "
        + "x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17 x18 x19 x20 aVeryLongNameOfAFieldThatIsThere").split(" ");
    static final int[] SIZES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 20, 23, 24, 25, 26, 32, 40};

    final Random random;
    final Map<String, String> config = new TreeMap<>();
    final Map<String, Object> value;
    int steps;

    Record(long seed) {
        random = new Random(seed);
        value = map(0, SIZES[Math.min(random.nextInt(SIZES.length), random.nextInt(SIZES.length))]);
    }

    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[0]);
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            String line = JSON.writeValueAsString(new Record(seed * 1_000_003 + i).vector("maporder/" + seed + "/" + i));
            System.out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
        System.out.flush();
    }

    <T> T one(List<T> list) { return list.get(random.nextInt(list.size())); }

    String name() { return NAMES[random.nextInt(NAMES.length)]; }

    /** A name that is there, mostly. */
    String field() { return value.isEmpty() || random.nextInt(8) == 0 ? name() : one(new ArrayList<>(value.keySet())); }

    String fields(int most) {
        List<String> list = new ArrayList<>();
        for (int n = 1 + random.nextInt(most); n > 0; n--) list.add(field());
        return String.join(",", list.stream().distinct().toList());
    }

    Map<String, Object> map(int depth, int size) {
        Map<String, Object> m = new LinkedHashMap<>();
        while (m.size() < size) m.put(name(), datum(depth));
        return m;
    }

    Object datum(int depth) {
        switch (random.nextInt(depth > 1 ? 6 : 9)) {
            case 0: return random.nextBoolean();
            case 1: return null;
            case 2: return random.nextInt(1000) / 8.0;
            case 3: return "s" + random.nextInt(100);
            case 6: return List.of(1, map(2, random.nextInt(4)));
            case 7: case 8: return map(depth + 1, random.nextInt(9));
            default: return random.nextInt(100000);
        }
    }

    void step(String type, String... own) {
        String alias = "t" + steps++;
        config.merge("transforms", alias, (a, b) -> a + "," + b);
        config.put("transforms." + alias + ".type", PKG + "transforms." + type);
        for (int i = 0; i < own.length; i += 2) config.put("transforms." + alias + "." + own[i], own[i + 1]);
    }

    void randomStep() {
        switch (random.nextInt(11)) {
            case 0: step("Cast$Value", "spec", field() + ":string," + field() + ":boolean," + name() + ":int32"); break;
            case 1: step("InsertField$Value", "topic.field", name(), "offset.field", name(), "static.field", name(), "static.value", "s"); break;
            case 2: step("InsertField$Value", "partition.field", name(), "timestamp.field", name()); break;
            case 3: step("MaskField$Value", "fields", fields(4)); break;
            case 4: step("TimestampConverter$Value", "field", field(), "target.type", "string", "format", "yyyy-MM-dd"); break;
            case 5:
                String fields = fields(3);
                step("HeaderFrom$Value", "fields", fields, "headers", fields.replaceAll("[^,]+", "h"), "operation", one(List.of("move", "copy")));
                break;
            case 6: step("ReplaceField$Value", "renames", field() + ":" + name() + "," + field() + ":" + field() + "s"); break;
            case 7: step("ReplaceField$Value", random.nextBoolean() ? "exclude" : "include", fields(14)); break;
            case 8: step("ValueToKey", "fields", fields(9)); break;
            case 9: step("Flatten$Value", "delimiter", one(List.of(".", "_", ""))); break;
            default:
                step("HoistField$Value", "field", name());
                if (random.nextBoolean()) step("ExtractField$Value", "field", config.get("transforms.t" + (steps - 1) + ".field"));
        }
    }

    String write(Object v) throws Exception {
        return Base64.getEncoder().encodeToString(v instanceof byte[] b ? b : JSON.writeValueAsBytes(v));
    }

    void converters(Map<String, String> to, String value, String schemas) {
        to.put("key.converter", PKG + "json.JsonConverter");
        to.put("key.converter.schemas.enable", "false");
        to.put("value.converter", value);
        if (schemas != null) to.put("value.converter.schemas.enable", schemas);
        to.put("header.converter", PKG + "storage.SimpleHeaderConverter");
    }

    /** The value's bytes: a plain object, or one with a schema that makes a map of it, whose keys are texts or numbers. */
    byte[] bytes() throws Exception {
        int form = random.nextInt(10);
        converters(config, PKG + "json.JsonConverter", form < 2 ? "true" : "false");
        if (form > 1) {
            for (int n = random.nextInt(6); n > 0; n--) randomStep();
            return JSON.writeValueAsBytes(value);
        }
        Object payload = value;
        if (form == 1) {
            List<Object> pairs = new ArrayList<>();
            for (Object ignored : value.keySet()) pairs.add(List.of(random.nextInt(300) - 100, "s"));
            payload = pairs;
        } else {
            value.replaceAll((k, v) -> "s");
        }
        Map<String, Object> schema = Map.of("type", "map", "keys", Map.of("type", form == 1 ? "int64" : "string"), "values", Map.of("type", "string"));
        return JSON.writeValueAsBytes(Map.of("schema", schema, "payload", payload));
    }

    Map<String, Object> vector(String name) throws Exception {
        byte[] bytes = bytes();
        Map<String, String> out = new TreeMap<>();
        if (random.nextInt(3) == 0) converters(out, PKG + "storage.StringConverter", null);
        else converters(out, PKG + "json.JsonConverter", "false");
        out.put("header.converter", PKG + one(List.of("storage.StringConverter", "storage.SimpleHeaderConverter", "json.JsonConverter")));
        out.put("header.converter.schemas.enable", "false");
        String header = random.nextInt(4) > 0 ? null : JSON.writeValueAsString(map(2, 1 + random.nextInt(9)));

        Map<String, Object> in = new LinkedHashMap<>();
        in.put("topic", "orders");
        in.put("partition", 1);
        in.put("offset", 7);
        in.put("timestamp", 1700000000000L);
        in.put("timestampType", "CreateTime");
        in.put("key", null);
        in.put("value", write(bytes));
        in.put("headers", header == null ? List.of() : List.of(List.of("text", write(header.getBytes(StandardCharsets.UTF_8)))));

        Map<String, Object> vector = new LinkedHashMap<>();
        vector.put("name", name);
        vector.put("direction", "sink");
        vector.put("config", config);
        vector.put("in", in);
        vector.put("out_config", out);
        run(vector, bytes, header, out);
        return vector;
    }

    Map<String, String> own(Map<String, String> all, String prefix) {
        Map<String, String> own = new HashMap<>();
        all.forEach((k, v) -> { if (k.startsWith(prefix)) own.put(k.substring(prefix.length()), v); });
        return own;
    }

    @SuppressWarnings("unchecked")
    <T> T make(String type) throws Exception { return (T) Class.forName(type).getDeclaredConstructor().newInstance(); }

    Converter converter(Map<String, String> all, String part) throws Exception {
        Converter c = make(all.get(part));
        c.configure(own(all, part + "."), part.startsWith("key"));
        return c;
    }

    HeaderConverter headers(Map<String, String> all) throws Exception {
        HeaderConverter c = make(all.get("header.converter"));
        Map<String, String> own = own(all, "header.converter.");
        own.put("converter.type", "header");
        c.configure(own);
        return c;
    }

    Map<String, Object> error(String stage, String part, RuntimeException e) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("stage", stage);
        error.put("part", part);
        error.put("class", e.getClass().getName());
        error.put("message", e.getMessage());
        error.put("message_exact", e.getClass().getName().startsWith(PKG));
        return error;
    }

    /** Does with the record what a worker does, and adds what became of it. */
    void run(Map<String, Object> vector, byte[] bytes, String header, Map<String, String> out) throws Exception {
        SchemaAndValue v = converter(config, "value.converter").toConnectData("orders", new RecordHeaders(), bytes);
        ConnectHeaders all = new ConnectHeaders();
        if (header != null) all.add("text", headers(config).toConnectHeader("orders", "text", header.getBytes(StandardCharsets.UTF_8)));
        SinkRecord r = new SinkRecord("orders", 1, null, null, v.schema(), v.value(), 7, 1700000000000L, TimestampType.CREATE_TIME, all);
        for (int i = 0; i < steps; i++) {
            Transformation<SinkRecord> t = make(config.get("transforms.t" + i + ".type"));
            t.configure(own(config, "transforms.t" + i + "."));
            try {
                r = t.apply(r);
            } catch (RuntimeException e) {
                vector.put("error", error("TRANSFORMATION", "transforms.t" + i, e));
                return;
            }
        }
        List<Object> headers = new ArrayList<>();
        HeaderConverter writer = headers(out);
        for (Header h : r.headers()) {
            byte[] b;
            try {
                b = writer.fromConnectHeader("orders", h.key(), h.schema(), h.value());
            } catch (RuntimeException e) {
                vector.put("error", error("OUT_CONVERTER", "header", e));
                return;
            }
            List<Object> pair = new ArrayList<>();
            pair.add(h.key());
            pair.add(b == null ? null : write(b));
            headers.add(pair);
        }
        byte[] key = converter(out, "key.converter").fromConnectData("orders", r.keySchema(), r.key());
        byte[] value = converter(out, "value.converter").fromConnectData("orders", r.valueSchema(), r.value());
        Map<String, Object> made = new LinkedHashMap<>();
        made.put("topic", r.topic());
        made.put("partition", r.kafkaPartition());
        made.put("timestamp", r.timestamp());
        made.put("key", key == null ? null : write(key));
        made.put("value", value == null ? null : write(value));
        made.put("headers", headers);
        vector.put("out", made);
    }
}
