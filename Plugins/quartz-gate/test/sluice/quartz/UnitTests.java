package sluice.quartz;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
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
        budget();
        lostProceed();
        System.out.println(count + " checks");
    }

    private static void check(boolean isTrue, Object what) {
        count++;
        if (isTrue) return;
        System.out.println("wrong: " + what);
        System.exit(1);
    }

    private interface Throwing {
        void run() throws Exception;
    }

    private static void refuses(String what, Throwing body) {
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
    }

    private static SluiceGatePlugin plugin(String server) throws IOException {
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
        plugin.setTimeoutMillis(100);
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
            {400, "{}", Decision.Word.REFUSED}, {400, "{\"detail\":\"\u0000no\"}", Decision.Word.REFUSED}, {409, "{}", Decision.Word.NONE}, {429, "{}", Decision.Word.NONE},
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

    private static Question question() {
        return new Question("f", "s/g.n", Instant.EPOCH, "s/g.n@0", new JobKey("n"), new TriggerKey("n"), "q");
    }

    private interface Answer {
        void send(HttpExchange exchange) throws Exception;
    }

    private static Decision asked(int millis, List<String> bodies, Answer answer) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            try {
                answer.send(exchange);
            } catch (Exception gone) {
                exchange.close();
            }
        });
        server.start();
        SluiceGatePlugin plugin = plugin("http://127.0.0.1:" + server.getAddress().getPort());
        plugin.setTimeoutMillis(millis);
        GateClient client = new GateClient(new Settings(plugin));
        try {
            return client.ask(question());
        } finally {
            client.close();
            server.stop(0);
        }
    }

    private static void say(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** R48: whatever the server does, the answer is there in time. */
    private static void budget() throws Exception {
        Answer[] answers = {
            exchange -> Thread.sleep(60_000),
            exchange -> {
                exchange.sendResponseHeaders(200, 0);
                OutputStream body = exchange.getResponseBody();
                while (true) {
                    body.write(' ');
                    body.flush();
                    Thread.sleep(20);
                }
            },
            exchange -> {
                exchange.sendResponseHeaders(200, 0);
                OutputStream body = exchange.getResponseBody();
                while (true) body.write(new byte[65_536]);
            },
            exchange -> exchange.close(), exchange -> say(exchange, "no JSON"),
            exchange -> exchange.sendResponseHeaders(503, -1)
        };
        for (int i = 0; i < answers.length; i++) {
            long began = System.nanoTime();
            Decision decision = asked(600, Collections.synchronizedList(new ArrayList<>()), answers[i]);
            long millis = (System.nanoTime() - began) / 1_000_000;
            check(decision.word == Decision.Word.NONE, "case " + i + ": " + decision.word);
            check(millis < 2600, "case " + i + " took " + millis + " ms");
        }
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        SluiceGatePlugin plugin = plugin("http://127.0.0.1:" + port);
        plugin.setTimeoutMillis(300);
        GateClient client = new GateClient(new Settings(plugin));
        check(client.ask(question()).word == Decision.Word.NONE, "nobody listens");
        client.close();
    }

    /** A proceed that got lost was never used: the launch is asked for anew when the gate calls it a duplicate. */
    private static void lostProceed() throws Exception {
        List<String> bodies = Collections.synchronizedList(new ArrayList<>());
        Decision decision = asked(4000, bodies, exchange -> {
            if (bodies.size() == 1) {
                exchange.close();
            } else if (bodies.size() == 2) {
                say(exchange, "{\"decision\":\"reject\",\"reason\":{\"code\":\"duplicate\"}}");
            } else {
                say(exchange, "{\"decision\":\"hold\",\"ticket\":\"h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD\"}");
            }
        });
        check(decision.word == Decision.Word.HOLD && "s/g.n@0#2".equals(decision.key), decision.word + decision.key);
        check(bodies.get(0).equals(bodies.get(1)) && bodies.get(2).contains("s/g.n@0#2"), bodies);
        bodies.clear();
        decision = asked(4000, bodies,
            exchange -> say(exchange, "{\"decision\":\"reject\",\"reason\":{\"code\":\"duplicate\"}}"));
        check(decision.word == Decision.Word.REJECT && bodies.size() == 1, "a duplicate that is none of ours");
    }
}
