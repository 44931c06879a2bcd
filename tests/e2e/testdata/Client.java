import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;

import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;

/** Does with a connector what a client does, and prints what it was told. Arguments: the worker's URL, a topic and a file. */
public class Client {
    public static void main(String[] args) throws Exception {
        KafkaConnectClient client = new KafkaConnectClient(new Configuration(args[0]));
        Map<String, String> config = new TreeMap<>(Map.of("connector.class", "FileStreamSink", "tasks.max", "1", "topics", args[1], "file", args[2]));

        say("version", client.getConnectServerVersion().getVersion());
        say("plugin", client.getConnectorPlugins().stream().anyMatch(p -> p.getClassName().endsWith(".FileStreamSinkConnector")));
        say("mistakes", client.validateConnectorPluginConfig(new ConnectorPluginConfigDefinition("FileStreamSink",
            Map.of("connector.class", "FileStreamSink", "name", "java", "tasks.max", "none"))).getErrorCount());
        say("added", client.addConnector(new NewConnectorDefinition("java client", config)).getName());
        await("RUNNING 1", () -> state(client));
        say("type", client.getConnector("java client").getType());
        say("listed", client.getConnectors().contains("java client"));
        say("expanded", client.getConnectorsWithAllExpandedMetadata().toString().contains("java client"));
        config.put("tasks.max", "2");
        say("updated", client.updateConnectorConfig("java client", config).getConfig().get("tasks.max"));
        say("config", new TreeSet<>(client.getConnectorConfig("java client").keySet()));
        await("2 tasks", () -> client.getConnectorTasks("java client").size() + " tasks");
        await("RUNNING 2", () -> state(client));
        say("task", client.getConnectorTaskStatus("java client", 1).getState());
        await("[" + args[1] + "]", () -> client.getConnectorTopics("java client").getTopics().toString());
        say("reset", client.resetConnectorTopics("java client"));
        say("pause", client.pauseConnector("java client"));
        await("PAUSED 2", () -> state(client));
        say("resume", client.resumeConnector("java client"));
        await("RUNNING 2", () -> state(client));
        say("restart", client.restartConnector("java client"));
        say("restart task", client.restartConnectorTask("java client", 0));
        say("delete", client.deleteConnector("java client"));
        try {
            client.getConnector("java client");
            say("gone", false);
        } catch (Exception e) {
            say("gone", e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private static String state(KafkaConnectClient client) {
        var status = client.getConnectorStatus("java client");
        String state = status.getConnector().get("state");
        long alike = status.getTasks().stream().filter(t -> t.getState().equals(state)).count();
        return state + " " + alike;
    }

    private static void say(String what, Object value) {
        System.out.println(what + ": " + value);
    }

    /** Waits for a while until the worker says what is wanted. */
    private static void await(String want, Callable<String> ask) throws Exception {
        String got = "";
        for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end; Thread.sleep(50)) {
            try {
                got = ask.call();
            } catch (Exception e) {
                got = e.toString();
            }
            if (got.equals(want)) {
                say("now", want);
                return;
            }
        }
        throw new AssertionError("want " + want + ", the worker says " + got);
    }
}
