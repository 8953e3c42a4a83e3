package sluice.quartz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.quartz.JobDataMap;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

/** Tests of the parts that need no scheduler. Ends with status 1 and says what was wrong, or with 0. */
public final class UnitTests {
    private static int count;

    private UnitTests() {}

    public static void main(String[] arguments) throws Exception {
        json();
        rules();
        names();
        settings();
        decisions();
        told();
        ClientTests.run();
        System.out.println(count + " checks");
    }

    static void check(boolean isTrue, Object what) {
        count++;
        if (isTrue) return;
        System.out.println("wrong: " + what);
        System.exit(1);
    }

    interface Throwing {
        void run() throws Exception;
    }

    static void refuses(String what, Throwing body) {
        try {
            body.run();
        } catch (Exception expected) {
            check(expected.getMessage() != null, what);
            return;
        }
        check(false, "taken: " + what);
    }

    private static void json() throws Exception {
        Map<String, Object> read = Json.readObject(
            " {\"a\":[1,-2.5e3,true,null,\"\\u00e9\\n\\ud83d\\ude00\"],\"b\":{\"c\":\"d\"},\"e\":{}} ");
        check(read.get("a").toString().equals("[1, -2.5E+3, true, null, \u00e9\n\ud83d\ude00]"), read);
        check(((Map<?, ?>) read.get("b")).get("c").equals("d"), read);
        for (String wrong : new String[] {
            "", "{", "[1]", "{\"a\":1,\"a\":2}", "{\"a\":1}x", "{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}", "{\"a\":NaN}",
            "{'a':1}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\u00G0\"}", "{\"a\" 1}",
            "{\"a\":1,}", "{\"a\":[1,]}", "{\"a\":tru}", "{\"a\":\"", "{\"a\":1e9999}", "{\"a\":--1}",
            "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}", "{\"a\":" + "9".repeat(65) + "}"
        }) {
            refuses(wrong, () -> Json.readObject(wrong));
        }
        String hostile = "\"\\\u0000\u001f\n\u00e9\ud83d\ude00\ud800/";
        Object back = Json.readObject(Json.write(Map.of("k", hostile))).get("k");
        check(back.equals(hostile.replace('\ud800', '\ufffd')), back);
        check(Json.write(Map.of("b", true)).equals("{\"b\":true}"), "a Boolean");
        check(Json.write(Map.of("o", Map.of())).equals("{\"o\":{}}"), "an empty object");
    }

    private static void rules() {
        Object[][] rows = {
            {"*", "a.b", true}, {"a.*", "a.b", true}, {"a.*", "b.a", false}, {"*.b", "a.b", true}, {"?.b", "a.b", true},
            {"", "a", false}, {"a*b*c", "aXbXbXc", true}, {"a*b*c", "aXbXb", false}, {"**", "", true}
        };
        for (Object[] row : rows) {
            check(Rules.matches((String) row[0], (String) row[1]) == (Boolean) row[2], row[0] + " " + row[1]);
        }
        check(!Rules.matches("*a".repeat(200) + "b", "a".repeat(20_000)), "a hostile glob ends");
        Rules rules = new Rules("flows", "backup.*=x.y; *=z", true);
        check("x.y".equals(rules.word(new JobKey("n", "backup"))), "the first counts");
        check("z".equals(rules.word(new JobKey("n", "other"))), "else the next");
        for (String wrong : new String[] {"a", "a=", "=b", "a=b; c"}) {
            refuses(wrong, () -> new Rules("flows", wrong, true));
        }
    }

    private static void names() {
        check(Names.schedule("s", new TriggerKey("n", "g")).equals("s/g.n"), "a schedule");
        String launch = Names.launch("s/g.n", Instant.parse("2026-12-01T22:00:00Z"));
        check(launch.equals("s/g.n@2026-12-01T22:00:00Z"), launch);
        String one = Names.bounded("\u00e9".repeat(500) + "1");
        String other = Names.bounded("\u00e9".repeat(500) + "2");
        check(one.getBytes(StandardCharsets.UTF_8).length <= Names.BYTES_MAX && !one.equals(other), one);
        check(!Names.bounded("a\u0007b").contains("\u0007"), "control characters");
        check(Names.prefix("x".repeat(300)).length() == 101, "a long scheduler's name");
        check(Names.prefix("a/b").equals("a?b/") && !Names.schedule("a/b", new TriggerKey("n", "g")).startsWith("a/"),
            "the schedules of a scheduler are those of no other");
        String smile = "\ud83d\ude00";
        check(Names.prefix(smile.repeat(300)).equals(smile.repeat(50) + "/"), "whole characters");
        check(Names.prefix("x" + smile.repeat(300)).equals("x" + smile.repeat(49) + "/"), "none is cut in two");
        check(Names.prefix("\ud83d").equals("?/"), "half a character");
        String longest = "\u20ac".repeat(300);
        check(Names.schedule(longest, new TriggerKey("n".repeat(500), "g")).startsWith(Names.prefix(longest)),
            "a cut schedule is its scheduler's");
    }

    static SluiceGatePlugin plugin(String server) throws IOException {
        Path token = Files.createTempFile("token", "");
        token.toFile().deleteOnExit();
        Files.writeString(token, "gate-token-for-tests-only\n");
        SluiceGatePlugin plugin = new SluiceGatePlugin();
        plugin.setServer(server);
        plugin.setTokenFile(token.toString());
        return plugin;
    }

    private static void settings() throws Exception {
        Settings settings = new Settings(plugin("https://sluice:8470/"));
        check(settings.server.toString().equals("https://sluice:8470"), settings.server);
        check(settings.token().equals("gate-token-for-tests-only"), "the token");
        check(!settings.failsOpen(new TriggerKey("a", "b")) && settings.isGated(new TriggerKey("a", "b")), "defaults");
        check(settings.flow(new JobKey("nightly", "backup"), new JobDataMap()).equals("backup.nightly"), "a flow");
        check(settings.flow(new JobKey("a b", "c"), new JobDataMap()).equals("c.a_b"), "a flow of an odd name");
        check(settings.flow(new JobKey("a", "b"), new JobDataMap(Map.of("sluiceFlow", "x.y"))).equals("x.y"), "data");
        for (String wrong : new String[] {
            null, "", "sluice", "ftp://sluice", "http://me:secret@sluice", "http://s?q", "http:// s"
        }) {
            try {
                new Settings(plugin(wrong));
                check(false, "taken: " + wrong);
            } catch (IllegalArgumentException refused) {
                check(!refused.getMessage().contains("secret"), refused.getMessage());
            }
        }
        SluiceGatePlugin plugin = plugin("http://s");
        plugin.setFailMode("ajar");
        refuses("failMode", () -> new Settings(plugin));
        plugin.setFailMode("*.backup=open; *=closed");
        check(new Settings(plugin).failsOpen(new TriggerKey("backup", "g")), "open by glob");
        check(!new Settings(plugin).failsOpen(new TriggerKey("other", "g")), "closed by glob");
        plugin.setExclude("g.x*, g.y");
        check(!new Settings(plugin).isGated(new TriggerKey("xy", "g")), "excluded");
        check(!new Settings(plugin).isGated(new TriggerKey("y", "g")), "excluded, too");
        plugin.setTimeoutMillis(0);
        refuses("timeoutMillis", () -> new Settings(plugin));
        plugin.setTimeoutMillis(2501);
        plugin.setAskAgainSeconds(5);
        refuses("askAgainSeconds within which one question may still wait", () -> new Settings(plugin));
        plugin.setTimeoutMillis(2500);
        new Settings(plugin);
        for (String wrong : new String[] {"x".repeat(513), "\u20ac".repeat(171), "a\u0007b"}) {
            plugin.setFlows("*=" + wrong);
            refuses("flows", () -> new Settings(plugin));
        }
        plugin.setFlows("*=" + "x".repeat(512));
        new Settings(plugin);
        plugin.setTokenFile(" ");
        refuses("tokenFile", () -> new Settings(plugin));
    }

    private static void decisions() {
        Object[][] rows = {
            {200, "{\"decision\":\"proceed\",\"validForSeconds\":2}", Decision.Word.PROCEED},
            {200, "{\"decision\":\"proceed\",\"validForSeconds\":0.5}", Decision.Word.NONE},
            {200, "{\"decision\":\"hold\",\"ticket\":\"h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD\"}", Decision.Word.HOLD},
            {202, "{\"decision\":\"hold\",\"ticket\":\"h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD\"}", Decision.Word.HOLD},
            {200, "{\"decision\":\"hold\"}", Decision.Word.NONE},
            {403, "{\"decision\":\"reject\",\"reason\":{\"code\":\"maintenance\"}}", Decision.Word.REJECT},
            {403, "{\"title\":\"no\"}", Decision.Word.REFUSED}, {401, "", Decision.Word.REFUSED},
            {400, "{}", Decision.Word.REFUSED}, {400, "{\"detail\":\"\u0000no\"}", Decision.Word.REFUSED},
            {409, "{}", Decision.Word.NONE}, {429, "{}", Decision.Word.NONE},
            {500, "{\"decision\":\"proceed\"}", Decision.Word.NONE}, {200, "<html>", Decision.Word.NONE},
            {200, "{\"decision\":\"maybe\"}", Decision.Word.NONE}, {200, "{}", Decision.Word.NONE},
            {302, "{\"decision\":\"proceed\"}", Decision.Word.NONE}
        };
        for (Object[] row : rows) {
            Decision decision = GateClient.decision(
                new GateClient.Reply((Integer) row[0], (String) row[1]), 1_000_000_000L);
            check(decision.word == row[2], row[0] + " " + row[1] + " " + decision.word);
        }
    }

    private static void told() {
        Told told = new Told();
        check(told.isNew("a") && !told.isNew("a") && told.isNew("b"), "each once");
        told.forget("a");
        told.retain(Set.of("a"));
        check(told.isNew("a") && told.isNew("b"), "what was over is new");
        for (int i = 0; i < 3 * Told.COUNT_MAX; i++) told.isNew("t" + i);
        check(told.isNew("a") && !told.isNew("a"), "bounded");
    }
}
