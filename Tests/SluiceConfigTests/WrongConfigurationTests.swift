import SluiceConfig
import SluiceModel
import Testing

/// Every wrong key is named with its line.
@Suite struct WrongConfigurationTests {
    private static let central = "central:\n  url: https://c/oo\n  username: u\n  passwordFile: p\n"

    private static let documents: [(yaml: String, remark: String)] = [
        ("lisen: x", "1:1: error: unknown key lisen (did you mean \"listen\"?) [config-unknown-key]"),
        (
            "central:\n  poll_second: 5\n",
            "2:3: error: unknown key central.poll_second (did you mean \"pollSeconds\"?) [config-unknown-key]"
        ),
        ("dialect: v1", "1:1: error: unknown key dialect (did you mean central.dialect?) [config-unknown-key]"),
        (
            "store.path: x",
            "1:1: error: unknown key store.path (write it as sections: store: path: …) [config-unknown-key]"
        ),
        ("zzz: 1", "1:1: error: unknown key zzz [config-unknown-key]"),
        (
            "\nlog:\n  level: loud",
            "3:10: error: log.level must be one of trace, debug, info, notice, warning, error, critical, not \"loud\" "
                + "[config-value]"
        ),
        (
            "listen: 8470",
            "1:9: error: listen must be HOST:PORT such as 127.0.0.1:8470, not \"8470\" [config-value]"
        ),
        (
            "listen: localhost:99999",
            "1:9: error: listen must be HOST:PORT such as 127.0.0.1:8470, not \"localhost:99999\" [config-value]"
        ),
        (
            "release:\n  ceiling: 0\n",
            "2:12: error: release.ceiling must be a whole number from 1 to 20000, not 0 [config-range]"
        ),
        (
            "release:\n  ceiling: 1.5\n",
            "2:12: error: release.ceiling must be a whole number from 1 to 20000, not \"1.5\" [config-type]"
        ),
        (
            "release:\n  ceiling: [1]\n",
            "2:12: error: release.ceiling must be a whole number from 1 to 20000, not a list [config-type]"
        ),
        (
            "gate:\n  keepSecrets: yes\n",
            "2:16: error: gate.keepSecrets must be true or false, not \"yes\" [config-value]"
        ),
        ("packs: a.jar", "1:8: error: packs must be a list, not a text [config-type]"),
        ("packs:\n  - a\n  - [b]\n", "3:5: error: packs[1] must be a text, not a list [config-type]"),
        (
            "store: x",
            "1:8: error: store must be a section with path, url, passwordFile, acceptLoss, writers, readers, not a "
                + "text "
                + "[config-type]"
        ),
        ("- a", "a list"), ("just text", "a text"),
        ("store: {path: ''}", "1:15: error: store.path must be a text, not empty [config-value]"),
        (
            "store: {path: a, url: 'sqlite:b'}",
            "1:23: error: give store.path or store.url, not both [config-conflict]"
        ),
        (
            "store:\n  url: postgres://u:hunter2@h/db",
            "2:8: error: store.url has a password in it: take it out, and use store.passwordFile or "
                + "SLUICE_STORE_PASSWORD [config-secret]"
        ),
        (
            "store: {url: 'mysql:x'}",
            "1:14: error: store.url must be sqlite:PATH or postgres://USER@HOST/DATABASE [config-value]"
        ),
        ("listen: a:1\nlisten: b:2\n", "the key \"listen\" occurs twice in one section [config-yaml]"),
        ("store: {path: a, path: b}", "the key \"path\" occurs twice in one section [config-yaml]"),
        ("a: [1", "not YAML"), ("a:\n\t- b", "not YAML"), ("a: b: c", "1:5: error: not YAML"),
        (
            central + "  password: hunter2\n",
            "5:3: error: central.password: a secret must not be in the file; use central.passwordFile or "
                + "SLUICE_CENTRAL_PASSWORD [config-secret]"
        ),
        (
            "key: hunter2",
            "1:1: error: key: a secret must not be in the file; use key.file or SLUICE_KEY [config-secret]"
        ),
        (
            "key:\n  value: hunter2",
            "2:3: error: key.value: a secret must not be in the file; use key.file or SLUICE_KEY [config-secret]"
        ),
        (
            "auth:\n  gateToken: hunter2",
            "2:3: error: auth.gateToken: a secret must not be in the file; use auth.gateTokenFile [config-secret]"
        ),
        (
            "central: {url: 'https://u:hunter2@c/oo'}",
            "1:16: error: central.url must not hold a user or password; use central.username and "
                + "central.passwordFile or SLUICE_CENTRAL_PASSWORD [config-secret]"
        ),
        (
            "central: {url: c:8443}",
            "1:16: error: central.url must be http(s)://HOST:PORT/oo, without query [config-value]"
        ),
        ("central: {url: 'https:///oo'}", "1:16: error: central.url has no host [config-value]"),
        (
            "central: {url: 'https://c/oo', passwordFile: p}",
            "1:16: error: central.url needs central.username [config-conflict]"
        ),
        (
            "central: {url: 'https://c/oo', username: u}",
            "1:16: error: central.url needs central.passwordFile or SLUICE_CENTRAL_PASSWORD [config-conflict]"
        ),
        (
            "central: {url: 'http://c:8080/oo', username: u, passwordFile: p}",
            "1:16: warning: central.url: over http the password travels in clear; use https [config-cleartext]"
        ),
        (
            central + "  relaunchAfterSeconds: 30\n",
            "5:25: error: central.relaunchAfterSeconds (30) must not be less than central.listingLagSeconds (60): an "
                + "execution may not be listed yet [config-conflict]"
        ),
        (
            "listen: 0.0.0.0:1\nauth:\n  insecureLoopback: true\n",
            "3:21: error: auth.insecureLoopback needs listen to be a loopback address, not 0.0.0.0:1 [config-conflict]"
        ),
        (
            "listen: 127.example.com:1\nauth:\n  insecureLoopback: true\n",
            "3:21: error: auth.insecureLoopback needs listen to be a loopback address, not 127.example.com:1 "
                + "[config-conflict]"
        ),
        (
            "central: {url: 'http://127.0.0.1.example.com/oo', username: u, passwordFile: p}",
            "1:16: warning: central.url: over http the password travels in clear; use https [config-cleartext]"
        ),
        (
            "release:\n  backoffSeconds: 400\n",
            "2:19: error: release.backoffSeconds (400) must not be more than release.backoffMaxSeconds (300) "
                + "[config-conflict]"
        ),
        (
            "gate:\n  validForSeconds: 90\n",
            "2:20: error: gate.validForSeconds (90) must not be more than gate.startWindowSeconds (60) "
                + "[config-conflict]"
        ),
        (
            "schedules: {flows: [{dataKey: k, flow: f}]}",
            "1:21: error: schedules.flows[0] must have dataKey alone, or flow with one of name and class; patterns and "
                + "ids have at most 512 bytes [config-value]"
        ),
        (
            "schedules: {flows: [{nam: x}]}",
            "1:22: error: unknown key schedules.flows[0].nam (did you mean \"name\"?) [config-unknown-key]"
        ),
        (
            "schedules: {flows: [k]}",
            "1:21: error: schedules.flows[0] must be a section such as {dataKey: KEY}, not a text [config-type]"
        ),
        (
            "schedules: {policy: often}",
            "1:21: error: schedules.policy must be one of skip, latest, all, or not-older-than with a time such as 2h, "
                + "not \"often\" [config-value]"
        ),
        (
            "schedules:\n  policies:\n    - {name: n, policy: not-older-than}\n",
            "3:25: error: schedules.policies[0].policy must be one of"
        ),
        ("schedules:\n  policies:\n    - {name: n}\n", "schedules.policies[0] has no policy [config-value]"),
        (
            "schedules:\n  policies:\n    - {policy: all}\n",
            "schedules.policies[0] needs a condition: id, name, flow or path [config-value]"
        ),
        (
            "schedules:\n  policies:\n    - {nane: n, policy: all}\n",
            "3:8: error: unknown key schedules.policies[0].nane (did you mean \"name\"?) [config-unknown-key]"
        ),
        (
            "schedules:\n  policies:\n    - {id: 7, policy: all, unsafeToMiss: maybe}\n",
            "schedules.policies[0].unsafeToMiss must be true or false [config-value]"
        ),
        ("schedules: {policies: [k]}", "schedules.policies[0] must be a section with policy"),
        ("rules: {allow: x}", "1:16: error: rules.allow must be a list, not a text [config-type]"),
        (
            "rules:\n  allow:\n    - flow: f\n",
            "3:7: error: rules.allow[0] has no name [config-value]"
        ),
        (
            "rules:\n  allow:\n    - name: n\n",
            "3:7: error: rules.allow[0] needs a condition: flow, path, source or requester [config-value]"
        ),
        (
            "rules:\n  allow:\n    - {name: n, pth: x}\n",
            "3:17: error: unknown key rules.allow[0].pth (did you mean \"path\"?) [config-unknown-key]"
        ),
        (
            "rules:\n  allow:\n    - {name: n, source: shedule}\n",
            "3:25: error: rules.allow[0].source must be one of ui, api, scheduler, csa, resource-pool-sync, "
                + "future-order, flow, not \"shedule\" (did you mean \"scheduler\"?) [config-value]"
        ),
        (
            "rules:\n  allow:\n    - {name: n, flow: f}\n    - {name: n, flow: g}\n",
            "4:7: error: rules.allow[1]: there are two rules named \"n\" [config-value]"
        ),
        (
            "rules:\n  allow:\n    - plain\n",
            "3:7: error: rules.allow[0] must be a section with name and conditions, not a text [config-type]"
        ),
    ]

    @Test(arguments: documents)
    func namesWhatIsWrongAndWhere(yaml: String, remark: String) {
        let (_, diagnostics) = SluiceConfiguration.read(yaml: yaml, file: "s.yaml", environment: [:])
        #expect(diagnostics.count == 1)
        let text = diagnostics.first?.description ?? ""
        #expect(text.hasPrefix("s.yaml:"))
        #expect(text.contains(remark))
        #expect(!text.contains("hunter2"))
    }

    @Test func namesAllThatIsWrongInOrder() {
        let (configuration, diagnostics) = SluiceConfiguration.read(
            yaml: "log:\n  level: x\nlisten: y\nrelease:\n  ceiling: -1\nwhat: 1\n", file: "s.yaml", environment: [:])
        #expect(diagnostics.map(\.line) == [2, 3, 5, 6])
        #expect(configuration == SluiceConfiguration())
    }
}
