import SluiceContent
import SluiceModel
import Testing

/// What lint takes for a secret in clear, by name and by form.
@Suite struct LintSecretTests {
    private static let secret = LintFixtures.secret

    private static func rules(_ binding: FlowBinding) -> [String] {
        var input = LintFixtures.clean()
        input.packs[0].documents[3].steps[1].bindings = [binding]
        let report = LintRun().report(on: input)
        for text in [report.text, report.json, report.sarif] {
            #expect(!text.contains(secret) && !text.contains("aHVudGVyMi1wbGFudGVk"))
        }
        return report.findings.map(\.rule)
    }

    private static func rules(_ name: String, _ value: String, type: String = "STRING") -> [String] {
        rules(FlowBinding(name: name, kind: "staticBinding", type: type, value: FlowValue(value)))
    }

    @Test(arguments: [
        "pwd", "dbPwd", "pass", "db_pass", "adminPass", "ADMIN-PASS", "passphrase", "credential", "credentials",
        "bearer",
        "Proxy_API-Key", "keystorePassword", "password2", "newPasswordConfirmed", "authTokens", "secret_id",
        "secretKey",
    ])
    func knowsASecretByItsName(_ name: String) {
        #expect(Self.rules(name, Self.secret) == ["OO502"])
    }

    @Test(arguments: [
        "password_policy", "password_length", "passwordLength", "token_type", "tokenType", "secret_name", "secretName",
        "credentialsType", "token_url", "tokensCount", "bypass", "compass", "passThrough", "pass_count", "token_id",
        "max_tokens", "minPasswordAge", "bearerFormat", "tokenizer", "passwordFile", "user",
    ])
    func takesNoNameAboutASecretForOne(_ name: String) {
        #expect(Self.rules(name, "strict") == [])
    }

    @Test(arguments: [
        "https://admin:\(secret)@host/", "jdbc:x://admin:\(secret)@${host}:1/db", "a https://x/ b ftp://u:\(secret)@h",
        "Authorization: Basic dXNlcjpodW50ZXIyLXBsYW50ZWQ=", "Accept: */*\nauthorization:Bearer \(secret)",
        "{'Authorization': 'Bearer \(secret)'}", "Bearer \(secret)", "Basic dXNlcjpodW50ZXIyLXBsYW50ZWQ=",
        "{\"user\": \"x\", \"password\" : \"\(secret)\"}", "{\\\"apiKey\\\":\\\"\(secret)\\\"}",
        "https://host/?a=b&token=\(secret)", "-----BEGIN RSA PRIVATE KEY-----\n\(secret)",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.aHVudGVyMi1wbGFudGVk",
    ])
    func knowsASecretByItsForm(_ value: String) {
        #expect(Self.rules("x", value) == ["OO502"])
        #expect(Self.rules("x", value, type: "ENCRYPTED") == ["OO501"])
    }

    @Test(arguments: [
        "https://host:8443/a@b", "https://user@host/", "https://${user}:${password}@host/", "https://%s:%s@host",
        "https://<user>:<password>@host/", "ssh://git@host:22/x", "Authorization: Basic ${credentials}",
        "Authorization: Bearer <your token>", "Basic authentication", "Bearer authentication", "basic", "Bearer",
        "{\"password\": \"${password}\"}", "{\"password\": null, \"token\": \"\"}", "{\"passwordPolicy\": \"strict\"}",
        "{\"password\": \"<password>\"}", "a?token=${token}&b=c", "password = secret", "a, b: c", "",
        "grant_type=password&scope=all", "'{\"credential\": '+id+','", "{'token': \" + x + \"}",
    ])
    func takesWhatIsFilledInLaterForNoSecret(_ value: String) {
        #expect(Self.rules("x", value) == [])
    }

    @Test(arguments: ["eyJ", "=", "\":", "?a=", "://", "authorization", "authorization:basic ", "\"a\":\"", "?&"])
    func judgesALongTextAtOnce(_ part: String) {
        let text = String(repeating: part, count: 60_000 / part.count)
        let duration = ContinuousClock().measure { _ = Self.rules("x", text) }
        #expect(duration < .seconds(5))
    }

    // MARK: CloudSlang

    private func lint(_ files: [String: String]) throws -> LintReport {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        for (name, text) in files { try folder.write(text, to: "Content/" + name) }
        var documents: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: folder.path) { documents.append($0) }
        #expect(pack.diagnostics.isEmpty, "\(pack.diagnostics)")
        let report = LintRun(disabled: ["OO101"]).report(
            on: LintInput(packs: [LintPack(pack: pack, documents: documents)]))
        for text in [report.text, report.json, report.sarif, "\(pack)", PackInspection.json(pack)] {
            #expect(!text.contains("hunter2"))
        }
        return report
    }

    @Test func findsSecretsInCloudSlang() throws {
        let report = try lint([
            "Library/own/f.sl": """
            namespace: own
            flow:
              name: f
              inputs:
                - password_expr: "${'hunter2'}"
                - sens2: {default: "${'hun' + ('ter2' + \\"\\")}", sensitive: true}
                - sens3: {default: "${get_sp('own.sens')}", sensitive: true}
                - ok_password: "${get_sp('a.b')}"
                - old_password: "${''}"
                - body: "${'{\\"password\\": \\"' + old_password + '\\"}'}"
                - head: "${'Authorization: Bearer ' + old_password}"
                - conn: "${'https://admin:hunter2@' + head}"
              workflow:
                - one:
                    do:
                      own.o:
                        - x: 'a'
                    publish:
                      - token: 'hunter2'
                      - other: 'plain'
                      - api_key: '${r}'
              outputs:
                - my_secret: 'hunter2'
            """,
            "Library/own/o.sl": """
            namespace: own
            operation:
              name: o
              inputs: [x]
              python_action: {script: 'r = x'}
              outputs:
                - r
              results: [SUCCESS: '${x}', FAILURE]
            """,
        ])
        #expect(
            report.findings.map { "\($0.rule) \($0.line)" } == [
                "OO502 3", "OO502 5", "OO501 6", "OO502 12", "OO502 14",
            ], "\(report.text)")
    }

    @Test func findsSecretsInCloudSlangsSystemProperties() throws {
        let report = try lint([
            "Configuration/System Properties/own.prop.sl": """
            namespace: own
            properties:
              - url: 'http://x'
              - code: {value: 'hunter2', sensitive: true}
              - api_token: 'hunter2'
              - token_type: 'Bearer'
              - empty: {value: '', sensitive: true}
              - mine: {value: '<mine>', sensitive: true}
              - store_password: {value: 'changeit', sensitive: true}
              - hidden: {value: '{OBFUSCATED}abc', sensitive: true}
              - link: 'https://admin:hunter2@host/'
            """
        ])
        #expect(
            report.findings.map { "\($0.rule) \($0.line) \($0.severity.rawValue)" } == [
                "OO503 4 error", "OO503 5 warning", "OO503 11 warning",
            ], "\(report.text)")
        #expect(report.findings.allSatisfy { $0.message.contains("'own.") })
    }
}
