import Foundation
import SluiceConfig
import SluiceModel
import Testing

@Suite struct ConfigurationTests {
    @Test func hasDefaultsForEverything() {
        let (configuration, diagnostics) = SluiceConfiguration.load(file: nil, environment: [:])
        #expect(diagnostics.isEmpty)
        #expect(configuration == SluiceConfiguration())
        #expect(configuration.listen.description == "127.0.0.1:8470")
        #expect(configuration.store.path == "./sluice-data/sluice.db")
        #expect(configuration.key.file == "./sluice-data/sluice.key")
        #expect(configuration.central.url == nil)
        #expect(configuration.gate.sensitivePatterns == ["*password*", "*secret*", "*token*"])
        #expect(configuration.gate.initialMode == .open)
        #expect(configuration.release.ratePerMinute == 600)
    }

    @Test func loadsTheSampleWithoutARemark() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString).yaml")
            .path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try SluiceConfiguration.sampleYAML.write(toFile: file, atomically: true, encoding: .utf8)
        let (configuration, diagnostics) = SluiceConfiguration.load(file: file, environment: [:])
        #expect(diagnostics.isEmpty)
        #expect(configuration == SluiceConfiguration())
    }

    @Test func loadsTheSampleWithEveryCommentedKey() {
        let yaml = SluiceConfiguration.sampleYAML
            .replacing("# url:", with: "url:").replacing("# username:", with: "username:")
            .replacing("# passwordFile:", with: "passwordFile:").replacing("# caFile:", with: "caFile:")
            .replacing("# relaunchAfterSeconds:", with: "relaunchAfterSeconds:").replacing("allow: []", with: "allow:")
            .replacing("# - name:", with: "- name:").replacing("#   path:", with: "  path:")
            .replacing("#   requester:", with: "  requester:")
        let (configuration, diagnostics) = read(yaml)
        #expect(diagnostics.isEmpty)
        #expect(configuration.central.url == "https://central.example:8443/oo")
        #expect(configuration.central.relaunchAfterSeconds == 3600)
        #expect(configuration.rules.allow.map(\.name) == ["health check"])
        #expect(configuration.rules.allow.first?.requester == Principal("gate"))
    }

    @Test func readsEveryKindOfValue() {
        let (configuration, diagnostics) = read(
            """
            listen: "[::1]:0"
            store: {url: "sqlite:/var/lib/sluice.db"}
            auth:
              insecureLoopback: true
            central:
              url: http://localhost:8080/oo
              username: "123"
              passwordFile: ./p
              dialect: v1
              timeoutSeconds: 9
            packs: [a.jar, 'b c.zip']
            gate:
              initialMode: hold
              sensitivePatterns: ["*pin*"]
            rules:
              allow:
                - {name: upgrade, flow: A98C3FE7-9C90-4237-A025-E2DF4A7CF1F9, source: api}
            passes:
            log: {level: debug}
            """)
        #expect(diagnostics.isEmpty)
        #expect(configuration.listen == .init(host: "::1", port: 0))
        #expect(configuration.listen.description == "[::1]:0")
        #expect(configuration.store.path == "/var/lib/sluice.db")
        #expect(configuration.auth.insecureLoopback)
        #expect(configuration.central.username == "123")
        #expect(configuration.central.dialect == .v1)
        #expect(configuration.central.timeoutSeconds == 9)
        #expect(configuration.packs == ["a.jar", "b c.zip"])
        #expect(configuration.gate.initialMode == .hold)
        #expect(configuration.gate.sensitivePatterns == ["*pin*"])
        #expect(configuration.rules.allow.first?.flow == FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"))
        #expect(configuration.rules.allow.first?.source == .api)
        #expect(configuration.log.level == .debug)
    }

    @Test func prefersTheEnvironment() {
        let (configuration, diagnostics) = read(
            """
            listen: 127.0.0.1:1
            store: {url: "sqlite:file.db"}
            central: {url: "https://a/oo", username: u, timeoutSeconds: 5}
            packs: [a.jar]
            """,
            environment: [
                "SLUICE_LISTEN": "127.0.0.1:2", "SLUICE_STORE_PATH": "env.db", "SLUICE_CENTRAL_URL": "https://b/oo",
                "SLUICE_CENTRAL_PASSWORD": "hunter2", "SLUICE_CENTRAL_TIMEOUT_SECONDS": "7",
                "SLUICE_CENTRAL_CA_FILE": "ca.pem", "SLUICE_AUTH_GATE_TOKEN_FILE": "t",
                "SLUICE_AUTH_INSECURE_LOOPBACK": "true", "SLUICE_PACKS": "b.jar, c.jar",
                "SLUICE_RULES_ALLOW": #"[{"name": "n", "path": "Library/**"}]"#, "SLUICE_RELEASE_RATE_PER_MINUTE": "1",
                "SLUICE_LOG_LEVEL": "", "SLUICE_KEY": "x", "SLUICE_PORT": "tcp://10.0.0.1:8470", "HOME": "/",
            ])
        #expect(diagnostics.isEmpty)
        #expect(configuration.listen.port == 2)
        #expect(configuration.store.path == "env.db")
        #expect(configuration.central.url == "https://b/oo")
        #expect(configuration.central.username == "u")
        #expect(configuration.central.password == Secret("hunter2"))
        #expect(configuration.central.timeoutSeconds == 7)
        #expect(configuration.central.caFile == "ca.pem")
        #expect(configuration.auth.gateTokenFile == "t")
        #expect(configuration.auth.insecureLoopback)
        #expect(configuration.packs == ["b.jar", "c.jar"])
        #expect(configuration.rules.allow.map(\.name) == ["n"])
        #expect(configuration.release.ratePerMinute == 1)
        #expect(configuration.log.level == .info)
    }

    @Test func namesAWrongVariable() {
        let (configuration, diagnostics) = read(
            "", environment: ["SLUICE_CENTRAL_POLL_SECONDS": "soon", "SLUICE_STORE_PAHT": "x"])
        #expect(configuration.central.pollSeconds == 5)
        #expect(
            Set(diagnostics.map(\.description)) == [
                "error: environment variable SLUICE_CENTRAL_POLL_SECONDS: central.pollSeconds must be a whole number "
                    + "from 1 to 3600, not \"soon\" [config-type]",
                "warning: environment variable SLUICE_STORE_PAHT is not known (did you mean SLUICE_STORE_PATH?) "
                    + "[config-unknown-variable]",
            ])
    }

    @Test func namesAFileThatCannotBeRead() {
        let (_, diagnostics) = SluiceConfiguration.load(file: "/nonexistent/sluice.yaml", environment: [:])
        #expect(diagnostics.map(\.code) == ["config-file"])
        #expect(diagnostics.first?.file == "/nonexistent/sluice.yaml")
    }

    @Test func showsNoPassword() {
        let (configuration, _) = read("", environment: ["SLUICE_CENTRAL_PASSWORD": "hunter2"])
        var shown = "\(configuration)"
        dump(configuration, to: &shown)
        #expect(!shown.contains("hunter2"))
    }

    @Test(arguments: [
        ("hunter2\n", "hunter2"), ("hunter2", "hunter2"), ("p w\r\n", "p w"), ("", nil), ("\n", nil), ("a\nb", nil),
    ])
    func readsThePasswordFile(text: String, password: String?) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString).pw").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        var central = SluiceConfiguration().central
        central.passwordFile = file
        let loaded = central.loadPassword()
        #expect(loaded.password?.exposed == password)
        #expect(loaded.diagnostics.isEmpty == (password != nil))
        central.password = Secret("from the environment")
        #expect(central.loadPassword().password == central.password)
    }

    private func read(
        _ yaml: String, environment: [String: String] = [:]
    ) -> (configuration: SluiceConfiguration, diagnostics: [Diagnostic]) {
        SluiceConfiguration.read(yaml: yaml, file: "sluice.yaml", environment: environment)
    }

    @Test func readsTheRulesOfJobsAndFlows() throws {
        let (configuration, diagnostics) = SluiceConfiguration.read(
            yaml: "schedules: {flows: [{dataKey: k}, {name: 'oo.*', flow: $1}, {class: x.Y, flow: f}]}", file: "c.yaml",
            environment: [:])
        #expect(diagnostics.isEmpty)
        let pattern = try #require(JobNamePattern("oo.*"))
        #expect(
            configuration.schedules.flows == [
                .dataKey("k"), .name(pattern, flow: "$1"), .jobClass("x.Y", flow: FlowID("f")),
            ])
    }
}
