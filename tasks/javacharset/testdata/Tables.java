import java.io.*;
import java.nio.*;
import java.nio.charset.*;
import java.security.MessageDigest;
import java.util.*;

// Writes the tables of ../charsets.bin.zst (java Tables.java tables | zstd -19 > ../charsets.bin.zst) and what the tests
// compare with (java Tables.java digests > digests.txt), from the character sets of the Java that runs it.
public class Tables {
    static final List<String> PAIRS = List.of("GBK", "GB18030", "GB2312", "Shift_JIS", "windows-31j", "EUC-JP", "Big5", "EUC-KR", "x-windows-949");
    static final Set<String> BUILT_IN = Set.of("US-ASCII");

    public static void main(String[] args) throws Exception {
        List<Charset> all = new ArrayList<>();
        for (Charset c : Charset.availableCharsets().values())
            if (single(c) && !BUILT_IN.contains(c.name())) all.add(c);
        for (String n : PAIRS) all.add(Charset.forName(n));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        for (Charset c : all)
            if (args[0].equals("tables")) table(c, out); else out.writeBytes(c.name() + " " + decoded(c) + " " + encoded(c) + "\n");
        out.flush();
    }

    static boolean single(Charset c) {
        return c.canEncode() && c.newEncoder().maxBytesPerChar() == 1 && c.newDecoder().maxCharsPerByte() == 1;
    }

    static void table(Charset c, DataOutputStream out) throws IOException {
        StringBuilder names = new StringBuilder(c.name().toLowerCase(Locale.ROOT));
        for (String a : new TreeSet<>(c.aliases())) names.append(' ').append(a.toLowerCase(Locale.ROOT));
        out.writeShort(names.length());
        out.writeBytes(names.toString());
        for (int b = 0; b < 256; b++) out.writeShort(character(c, b));
        if (single(c)) out.writeByte(0); else rows(c, out);
        if (c.name().equals("EUC-JP")) rows(c, out, 0x8f); else out.writeByte(0);
        oddities(c, out);
    }

    // The characters that are written otherwise than with the first bytes that are read as them.
    static void oddities(Charset c, DataOutputStream out) throws IOException {
        Map<Character, byte[]> first = new HashMap<>();
        for (int i = 0; i < 256; i++) put(c, first, i);
        for (int i = 0; i < 65536 && !single(c); i++) if (character(c, i >> 8) == '\ufffd') put(c, first, i >> 8, i & 0xff);
        for (int i = 0; i < 65536 && c.name().equals("EUC-JP"); i++) put(c, first, 0x8f, i >> 8, i & 0xff);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int n = 0;
        CharsetEncoder encoder = c.newEncoder();
        for (int r = 0; r < 0xfffd; r++) {
            if (r >= 0xd800 && r < 0xe000) continue;
            byte[] want = encoder.canEncode((char) r) ? Character.toString(r).getBytes(c) : new byte[0];
            if (want.length == 4 || Arrays.equals(want, first.getOrDefault((char) r, new byte[0]))) continue;
            n++;
            bytes.write(r >> 8);
            bytes.write(r);
            bytes.write(want.length);
            bytes.write(want);
        }
        out.writeShort(n);
        out.write(bytes.toByteArray());
    }

    static void put(Charset c, Map<Character, byte[]> first, int... bytes) {
        byte[] b = new byte[bytes.length];
        for (int i = 0; i < b.length; i++) b[i] = (byte) bytes[i];
        char r = character(c, bytes);
        if (r != '\ufffd') first.putIfAbsent(r, b);
    }

    // The rows of b1... (the lead byte), each with the characters by the byte behind it, from 0x40 on.
    static void rows(Charset c, DataOutputStream out, int... b1) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream rows = new DataOutputStream(bytes);
        int n = 0;
        for (int lead = 0; lead < 256; lead++) {
            boolean some = false;
            char[] row = new char[192];
            for (int b = 0; b < 192; b++) {
                row[b] = b1.length == 0 ? character(c, lead, b + 0x40) : character(c, b1[0], lead, b + 0x40);
                some |= row[b] != '\ufffd';
            }
            if (!some || b1.length == 0 && character(c, lead) != '\ufffd') continue;
            n++;
            rows.writeByte(lead);
            for (char r : row) rows.writeShort(r);
        }
        out.writeByte(n);
        out.write(bytes.toByteArray());
    }

    static char character(Charset c, int... bytes) {
        byte[] b = new byte[bytes.length];
        for (int i = 0; i < b.length; i++) b[i] = (byte) bytes[i];
        try {
            String s = c.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(b)).toString();
            return s.length() == 1 ? s.charAt(0) : '\ufffd';
        } catch (CharacterCodingException e) {
            return '\ufffd';
        }
    }

    // The digest of the texts of all pairs of bytes, each with an x behind it, and for longer characters of 100,000 random texts.
    static String decoded(Charset c) throws Exception {
        MessageDigest d = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < 65536; i++) d.update(new String(new byte[] {(byte) (i >> 8), (byte) i, 'x'}, c).getBytes("UTF-8"));
        long seed = 1;
        for (int i = 0; i < 100000 && !single(c); i++) {
            byte[] b = new byte[8];
            for (int j = 0; j < 8; j++) {
                seed = seed * 6364136223846793005L + 1442695040888963407L;
                int x = (int) (seed >>> 56);
                b[j] = (byte) (j % 2 == 0 ? x | 0x80 : (seed >>> 40 & 1) == 0 ? x : 0x30 + (x & 15) % 10);
            }
            d.update(new String(b, c).getBytes("UTF-8"));
        }
        return HexFormat.of().formatHex(d.digest());
    }

    // The digest of the bytes of the first 69,632 characters, an x behind each.
    static String encoded(Charset c) throws Exception {
        MessageDigest d = MessageDigest.getInstance("SHA-256");
        for (int r = 0; r < 0x11000; r++) if (r < 0xd800 || r > 0xdfff) d.update((Character.toString(r) + "x").getBytes(c));
        return HexFormat.of().formatHex(d.digest());
    }
}
