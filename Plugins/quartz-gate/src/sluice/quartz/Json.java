package sluice.quartz;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A strict, bounded JSON reader and a writer; objects are maps in the order written, numbers {@link BigDecimal}. */
final class Json {
    /** Deepest nesting read. */
    static final int DEPTH_MAX = 32;
    /** Longest number read, in characters. */
    static final int NUMBER_LENGTH_MAX = 64;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");

    /** The text is no JSON document, or none that is taken. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Reads one document; refuses what follows it, and an object that names a member twice. */
    static Object read(String text) throws Malformed {
        Json reader = new Json(text);
        Object value = reader.value(0);
        reader.space();
        if (reader.at != text.length()) throw reader.malformed("something follows the document");
        return value;
    }

    /** Reads a document that must be an object. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> readObject(String text) throws Malformed {
        Object value = read(text);
        if (!(value instanceof Map)) throw new Malformed("the document is no object");
        return (Map<String, Object>) value;
    }

    private Malformed malformed(String what) {
        return new Malformed(what + " (at character " + at + ")");
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private Object value(int depth) throws Malformed {
        if (depth > DEPTH_MAX) throw malformed("nested deeper than " + DEPTH_MAX);
        space();
        if (at >= text.length()) throw malformed("the document ends early");
        char first = text.charAt(at);
        switch (first) {
            case '{': return object(depth);
            case '[': return array(depth);
            case '"': return string();
            case 't': return word("true", Boolean.TRUE);
            case 'f': return word("false", Boolean.FALSE);
            case 'n': return word("null", null);
            default: return number();
        }
    }

    private Object word(String word, Object value) throws Malformed {
        if (!text.startsWith(word, at)) throw malformed("no value");
        at += word.length();
        return value;
    }

    private Map<String, Object> object(int depth) throws Malformed {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        space();
        if (take('}')) return members;
        while (true) {
            space();
            if (at >= text.length() || text.charAt(at) != '"') throw malformed("a member's name is missing");
            String name = string();
            space();
            if (!take(':')) throw malformed("a colon is missing");
            if (members.containsKey(name)) throw malformed("a member is named twice");
            members.put(name, value(depth + 1));
            space();
            if (take('}')) return members;
            if (!take(',')) throw malformed("a comma is missing");
        }
    }

    private List<Object> array(int depth) throws Malformed {
        List<Object> items = new ArrayList<>();
        at++;
        space();
        if (take(']')) return items;
        while (true) {
            items.add(value(depth + 1));
            space();
            if (take(']')) return items;
            if (!take(',')) throw malformed("a comma is missing");
        }
    }

    private boolean take(char expected) {
        if (at >= text.length() || text.charAt(at) != expected) return false;
        at++;
        return true;
    }

    private String string() throws Malformed {
        StringBuilder found = new StringBuilder();
        at++;
        while (true) {
            if (at >= text.length()) throw malformed("a text does not end");
            char next = text.charAt(at++);
            if (next == '"') break;
            if (next < 0x20) throw malformed("a control character stands in a text");
            found.append(next == '\\' ? escape() : next);
        }
        for (int i = 0; i < found.length(); i++) {
            char unit = found.charAt(i);
            if (!Character.isSurrogate(unit)) continue;
            boolean isPair = Character.isHighSurrogate(unit) && i + 1 < found.length()
                && Character.isLowSurrogate(found.charAt(i + 1));
            if (!isPair) throw malformed("half a surrogate pair stands in a text");
            i++;
        }
        return found.toString();
    }

    private char escape() throws Malformed {
        if (at >= text.length()) throw malformed("a text does not end");
        char kind = text.charAt(at++);
        int plain = "\"\\/bfnrt".indexOf(kind);
        if (plain >= 0) return "\"\\/\b\f\n\r\t".charAt(plain);
        if (kind != 'u' || at + 4 > text.length()) throw malformed("an unknown escape");
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(text.charAt(at++), 16);
            if (digit < 0 || text.charAt(at - 1) > 'f') throw malformed("an unknown escape");
            unit = unit * 16 + digit;
        }
        return (char) unit;
    }

    private BigDecimal number() throws Malformed {
        int start = at;
        while (at < text.length() && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) at++;
        String digits = text.substring(start, at);
        if (digits.length() > NUMBER_LENGTH_MAX || !NUMBER.matcher(digits).matches()) {
            throw malformed("no value");
        }
        return new BigDecimal(digits);
    }

    /** Writes an object of texts and of objects of texts; a member whose value is null is left out. */
    static String write(Map<String, ?> object) {
        StringBuilder out = new StringBuilder();
        writeValue(object, out);
        return out.toString();
    }

    private static void writeValue(Object value, StringBuilder out) {
        if (value instanceof Map) {
            char separator = '{';
            for (Map.Entry<?, ?> member : ((Map<?, ?>) value).entrySet()) {
                if (member.getValue() == null) continue;
                out.append(separator);
                writeText(String.valueOf(member.getKey()), out);
                out.append(':');
                writeValue(member.getValue(), out);
                separator = ',';
            }
            out.append(separator == '{' ? "{}" : "}");
        } else if (value instanceof Boolean) {
            out.append(value);
        } else {
            writeText(String.valueOf(value), out);
        }
    }

    private static void writeText(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            boolean isPair = Character.isHighSurrogate(unit) && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
            if (unit == '"' || unit == '\\') {
                out.append('\\').append(unit);
            } else if (unit < 0x20) {
                out.append(String.format("\\u%04x", (int) unit));
            } else if (isPair) {
                out.append(unit).append(text.charAt(++i));
            } else {
                out.append(Character.isSurrogate(unit) ? '\ufffd' : unit);
            }
        }
        out.append('"');
    }
}
