package sluice.quartz;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import org.quartz.TriggerKey;

/** Names as Sluice takes them: at most 512 bytes, without control characters. */
final class Names {
    /** Longest name that Sluice takes, in bytes. */
    static final int ALLOWED_BYTES_MAX = 512;
    /** Longest name made here, in bytes: room is left for a time behind it. */
    static final int BYTES_MAX = 400;

    private Names() {}

    /** Longest part of a scheduler's name that is used, in characters of UTF-16: at most 300 bytes. */
    static final int SCHEDULER_LENGTH_MAX = 100;

    /** The schedule of a trigger: {@code scheduler/group.name}. Unique if schedulers have names of their own. */
    static String schedule(String scheduler, TriggerKey key) {
        return bounded(prefix(scheduler) + key.getGroup() + "." + key.getName());
    }

    /** What the schedules of a scheduler begin with, and those of no other: its only {@code /} is the last. */
    static String prefix(String scheduler) {
        int end = Math.min(scheduler.length(), SCHEDULER_LENGTH_MAX);
        boolean isWithinPair = end < scheduler.length()
            && Character.isSurrogatePair(scheduler.charAt(end - 1), scheduler.charAt(end));
        return plain(scheduler.substring(0, isWithinPair ? end - 1 : end)).replace('/', '?') + "/";
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

    /** Whether Sluice takes a name as it is. */
    static boolean isAllowed(String name) {
        return !name.isEmpty() && name.equals(plain(name))
            && name.getBytes(StandardCharsets.UTF_8).length <= ALLOWED_BYTES_MAX;
    }

    /** Without control characters and halves of pairs, which no UTF-8 has. */
    private static String plain(String name) {
        return name.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?");
    }
}
