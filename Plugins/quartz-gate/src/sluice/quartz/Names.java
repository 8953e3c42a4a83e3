package sluice.quartz;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import org.quartz.TriggerKey;

/** Names as Sluice takes them: at most 512 bytes, without control characters. */
final class Names {
    /** Longest name made here, in bytes: room is left for a time behind it. */
    static final int BYTES_MAX = 400;

    private Names() {}

    /** The schedule of a trigger: {@code scheduler/group.name}. Unique if schedulers have names of their own. */
    static String schedule(String scheduler, TriggerKey key) {
        return bounded(prefix(scheduler) + key.getGroup() + "." + key.getName());
    }

    /** What the schedules of a scheduler begin with. */
    static String prefix(String scheduler) {
        return plain(scheduler.length() > 100 ? scheduler.substring(0, 100) : scheduler) + "/";
    }

    /** One launch of a schedule: {@code schedule@time}. */
    static String launch(String schedule, Instant time) {
        return schedule + "@" + time;
    }

    /** The name, or its beginning and a digest of the whole. */
    static String bounded(String name) {
        String plain = plain(name);
        byte[] bytes = plain.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= BYTES_MAX) return plain;
        StringBuilder digest = new StringBuilder("~");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            for (int i = 0; i < 12; i++) digest.append(String.format("%02x", hash[i]));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
        int end = 0;
        for (int length = 0; end < plain.length();) {
            int point = plain.codePointAt(end);
            length += new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8).length;
            if (length > BYTES_MAX - digest.length()) break;
            end += Character.charCount(point);
        }
        return plain.substring(0, end) + digest;
    }

    private static String plain(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
