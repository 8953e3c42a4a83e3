package sluice.quartz;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.quartz.JobDataMap;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

/** The plugin's properties, checked. A wrong one throws with its name, its value and what is allowed. */
final class Settings {
    /** Longest token file read, in bytes. */
    static final int TOKEN_BYTES_MAX = 8192;

    final URI server;
    final Path tokenFile;
    final int timeoutMillis;
    final int pollMillis;
    final int askAgainSeconds;
    final int askLateMinutes;
    final String requestedBy;
    private final String flowKey;
    private final Rules include;
    private final Rules exclude;
    private final Rules flows;
    private final Rules failModes;

    Settings(SluiceGatePlugin plugin) {
        server = server(plugin.getServer());
        if (plugin.getTokenFile() == null || plugin.getTokenFile().isBlank()) {
            throw new IllegalArgumentException("tokenFile is missing: name the file that holds the token");
        }
        tokenFile = Path.of(plugin.getTokenFile().trim());
        timeoutMillis = within("timeoutMillis", plugin.getTimeoutMillis(), 100, 60_000);
        pollMillis = within("pollMillis", plugin.getPollMillis(), 100, 600_000);
        askAgainSeconds = within("askAgainSeconds", plugin.getAskAgainSeconds(), 1, 86_400);
        // Else a launch is asked for again while it is asked for.
        if (askAgainSeconds * 1000 < 2 * timeoutMillis) {
            throw new IllegalArgumentException("askAgainSeconds = " + askAgainSeconds + " is less than twice "
                + "timeoutMillis, " + timeoutMillis + " ms: raise the one or lower the other");
        }
        askLateMinutes = within("askLateMinutes", plugin.getAskLateMinutes(), 0, 60 * 24 * 31);
        requestedBy = plugin.getRequestedBy();
        flowKey = plugin.getFlowKey();
        include = new Rules("include", plugin.getInclude(), false);
        exclude = new Rules("exclude", plugin.getExclude(), false);
        flows = new Rules("flows", plugin.getFlows(), true);
        for (String word : flows.words()) {
            if (!Names.isAllowed(word)) {
                throw new IllegalArgumentException("flows: the flow \"" + Names.bounded(word)
                    + "\" has more than " + Names.ALLOWED_BYTES_MAX + " bytes or a control character");
            }
        }
        failModes = new Rules("failMode", plugin.getFailMode().contains("=")
            ? plugin.getFailMode() : "*=" + plugin.getFailMode(), true);
        for (String word : failModes.words()) {
            if (!word.equals("open") && !word.equals("closed")) {
                throw new IllegalArgumentException("failMode: \"" + word + "\" is neither open nor closed");
            }
        }
    }

    private static URI server(String text) {
        if (text == null || text.isBlank()) {
            throw new IllegalArgumentException("server is missing: give Sluice's address, such as https://sluice:8470");
        }
        URI uri;
        try {
            uri = URI.create(text.trim());
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("server is no address; it looks like https://sluice:8470");
        }
        boolean isHTTP = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!isHTTP || uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null
            || uri.getFragment() != null) {
            throw new IllegalArgumentException(
                "server is no plain http or https address; it looks like https://sluice:8470");
        }
        String plain = uri.toString();
        return URI.create(plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain);
    }

    private static int within(String property, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(property + " = " + value + " is not within " + least + " to " + most);
        }
        return value;
    }

    /** Whether fires of a trigger are asked for; those of the plugin's own records always are. */
    boolean isGated(TriggerKey key) {
        return include.matches(key) && !exclude.matches(key);
    }

    /** Whether a job runs when the gate gives no decision. */
    boolean failsOpen(TriggerKey key) {
        return "open".equals(failModes.word(key));
    }

    /** The flow of a launch: what the job data says, else the first rule, else a name made of the job's key. */
    String flow(JobKey job, JobDataMap data) {
        Object named = flowKey == null || flowKey.isBlank() ? null : data.get(flowKey);
        if (named instanceof String && !((String) named).isBlank()) return ((String) named).trim();
        String word = flows.word(job);
        if (word != null) return word;
        return Names.bounded((job.getGroup() + "." + job.getName()).replaceAll("[\\s\\p{Cntrl}]", "_"));
    }

    /**
     * The token, read each time: it may be replaced while the scheduler runs. Never shown.
     *
     * @throws IOException when there is none; its message names the file
     */
    String token() throws IOException {
        byte[] bytes;
        try (InputStream file = Files.newInputStream(tokenFile)) {
            bytes = file.readNBytes(TOKEN_BYTES_MAX + 1);
        } catch (IOException failure) {
            throw new IOException("tokenFile " + tokenFile + " cannot be read: "
                + failure.getClass().getSimpleName(), failure);
        }
        if (bytes.length > TOKEN_BYTES_MAX) {
            throw new IOException("tokenFile " + tokenFile + " has more than " + TOKEN_BYTES_MAX + " bytes");
        }
        String token = new String(bytes, StandardCharsets.UTF_8).trim();
        if (token.isEmpty() || !token.chars().allMatch(unit -> unit > 0x20 && unit < 0x7f)) {
            throw new IOException("tokenFile " + tokenFile
                + " holds no token: it must be one line of visible ASCII characters");
        }
        return token;
    }
}
