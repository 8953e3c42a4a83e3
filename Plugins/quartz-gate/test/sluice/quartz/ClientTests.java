package sluice.quartz;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;

/** Tests of what asks Sluice, against servers of all kinds. */
final class ClientTests {
    private static final String HELD = "{\"decision\":\"hold\",\"ticket\":\"h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD\"}";

    private ClientTests() {}

    static void run() throws Exception {
        budget();
        hangsUp();
        noToken();
        closed();
        endWithoutStore();
        lostProceed();
    }

    private static Question question() {
        return new Question("f", "s/g.n", Instant.EPOCH, "s/g.n@0", new JobKey("n"), new TriggerKey("n"), "q");
    }

    private interface Answer {
        void send(HttpExchange exchange) throws Exception;
    }

    private static Decision asked(int millis, List<String> bodies, Answer answer) throws Exception {
        Decision[] decision = new Decision[1];
        served(millis, bodies, answer, (client, settings) -> decision[0] = client.ask(question()));
        return decision[0];
    }

    private interface Asking {
        void run(GateClient client, Settings settings) throws Exception;
    }

    private static void served(int millis, List<String> bodies, Answer answer, Asking asking) throws Exception {
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
        SluiceGatePlugin plugin = UnitTests.plugin("http://127.0.0.1:" + server.getAddress().getPort());
        plugin.setTimeoutMillis(millis);
        Settings settings = new Settings(plugin);
        GateClient client = new GateClient(settings);
        try {
            asking.run(client, settings);
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
        // The first question loads classes.
        asked(5000, Collections.synchronizedList(new ArrayList<>()), exchange -> say(exchange, HELD));
        for (int i = 0; i < answers.length; i++) {
            long began = System.nanoTime();
            Decision decision = asked(600, Collections.synchronizedList(new ArrayList<>()), answers[i]);
            long millis = (System.nanoTime() - began) / 1_000_000;
            UnitTests.check(decision.word == Decision.Word.NONE, "case " + i + ": " + decision.word);
            UnitTests.check(millis < 1600, "case " + i + " took " + millis + " ms");
        }
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        SluiceGatePlugin plugin = UnitTests.plugin("http://127.0.0.1:" + port);
        plugin.setTimeoutMillis(300);
        GateClient client = new GateClient(new Settings(plugin));
        UnitTests.check(client.ask(question()).word == Decision.Word.NONE, "nobody listens");
        client.close();
    }

    /** What is not waited for any more is hung up. */
    private static void hangsUp() throws Exception {
        CountDownLatch isGone = new CountDownLatch(1);
        served(300, Collections.synchronizedList(new ArrayList<>()), exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[16]);
                    exchange.getResponseBody().flush();
                    Thread.sleep(10);
                }
            } catch (IOException closed) {
                isGone.countDown();
            }
        }, (client, settings) -> {
            client.ask(question());
            UnitTests.check(isGone.await(5, TimeUnit.SECONDS), "the connection is closed");
        });
    }

    /** Without a token nothing is sent, and nothing opens. */
    private static void noToken() throws Exception {
        SluiceGatePlugin plugin = UnitTests.plugin("http://127.0.0.1:9");
        Path file = Path.of(plugin.getTokenFile());
        GateClient client = new GateClient(new Settings(plugin));
        for (String text : new String[] {"", " \n", "two words", "x".repeat(9000), null}) {
            if (text == null) {
                Files.delete(file);
            } else {
                Files.writeString(file, text);
            }
            Decision decision = client.ask(question());
            boolean isNamed = decision.reason.contains("tokenFile " + file) && !decision.reason.contains("two words");
            UnitTests.check(decision.word == Decision.Word.REFUSED && isNamed, decision.word + " " + decision.reason);
        }
        client.close();
    }

    /** A fire during the shutdown of its scheduler gets an answer, and opens nothing. */
    private static void closed() throws Exception {
        GateClient client = new GateClient(new Settings(UnitTests.plugin("http://127.0.0.1:9")));
        client.close();
        Decision decision = client.ask(question());
        boolean isSaid = decision.reason.equals("the scheduler is being shut down");
        UnitTests.check(decision.word == Decision.Word.REFUSED && isSaid, decision.word + " " + decision.reason);
    }

    /** An end that the job store could not keep is reported all the same. */
    private static void endWithoutStore() throws Exception {
        Scheduler broken = (Scheduler) Proxy.newProxyInstance(
            Scheduler.class.getClassLoader(), new Class<?>[] {Scheduler.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("isShutdown")) return false;
                throw new SchedulerException("no job store");
            });
        List<String> bodies = Collections.synchronizedList(new ArrayList<>());
        served(4000, bodies, exchange -> exchange.sendResponseHeaders(204, -1), (client, settings) -> {
            EndReports ends = new EndReports("n", broken, settings, client, new Records(broken), new Counts());
            ends.note(new TriggerKey("h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD", Records.GROUP), EndReports.ERROR);
            try {
                ends.report();
                UnitTests.check(false, "its record cannot be deleted");
            } catch (SchedulerException stays) {
                UnitTests.check(bodies.equals(List.of("{\"result\":\"error\"}")), bodies);
            }
        });
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
                say(exchange, HELD);
            }
        });
        boolean isAnew = decision.word == Decision.Word.HOLD && "s/g.n@0#2".equals(decision.key);
        UnitTests.check(isAnew, decision.word + decision.key);
        UnitTests.check(bodies.get(0).equals(bodies.get(1)) && bodies.get(2).contains("s/g.n@0#2"), bodies);
        bodies.clear();
        decision = asked(4000, bodies,
            exchange -> say(exchange, "{\"decision\":\"reject\",\"reason\":{\"code\":\"duplicate\"}}"));
        boolean isOthers = decision.word == Decision.Word.REJECT && bodies.size() == 1;
        UnitTests.check(isOthers, "a duplicate that is none of ours");
    }
}
