package sluice.quartz;

import java.util.ArrayList;
import java.util.List;
import org.quartz.utils.Key;

/**
 * A list of globs over keys, {@code group.name}, each perhaps with a word: {@code backup.*=closed; *=open}. The first
 * that matches counts. In a glob {@code *} stands for any run of characters, {@code ?} for one.
 */
final class Rules {
    /** Most entries of one list. */
    static final int COUNT_MAX = 1000;

    private final List<String> globs = new ArrayList<>();
    private final List<String> words = new ArrayList<>();

    /**
     * @param property what is read, for messages
     * @param haveWords whether each glob needs {@code =word}
     */
    Rules(String property, String text, boolean haveWords) {
        for (String part : text.split(haveWords ? ";" : "[;,]")) {
            String entry = part.trim();
            if (entry.isEmpty()) continue;
            int equals = entry.indexOf('=');
            if (haveWords && (equals < 1 || entry.substring(equals + 1).trim().isEmpty())) {
                throw new IllegalArgumentException(property + ": \"" + entry + "\" is not GLOB=WORD");
            }
            globs.add(haveWords ? entry.substring(0, equals).trim() : entry);
            words.add(haveWords ? entry.substring(equals + 1).trim() : "");
        }
        if (globs.size() > COUNT_MAX) {
            throw new IllegalArgumentException(property + " has " + globs.size() + " entries, more than " + COUNT_MAX);
        }
    }

    /** The word of the first glob that matches; null when none does. */
    String word(Key<?> key) {
        String name = key.getGroup() + "." + key.getName();
        for (int i = 0; i < globs.size(); i++) {
            if (matches(globs.get(i), name)) return words.get(i);
        }
        return null;
    }

    boolean matches(Key<?> key) {
        return word(key) != null;
    }

    List<String> words() {
        return words;
    }

    /** Takes time of at most the product of both lengths. */
    static boolean matches(String glob, String text) {
        int g = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (g < glob.length() && glob.charAt(g) == '*') {
                star = g++;
                resume = t;
            } else if (g < glob.length() && (glob.charAt(g) == '?' || glob.charAt(g) == text.charAt(t))) {
                g++;
                t++;
            } else if (star >= 0) {
                g = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (g < glob.length() && glob.charAt(g) == '*') g++;
        return g == glob.length();
    }
}
