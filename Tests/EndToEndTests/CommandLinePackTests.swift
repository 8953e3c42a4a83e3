import Foundation
import SluiceJSON
import Testing

/// `sluice pack load` and `sluice pack loaded`, as scripts see them.
@Suite struct CommandLinePackTests {
    private static func loaded(_ name: String, more: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = [
            "name": .string(name), "revision": 2, "version": "1.0", "digest": "ab", "loadedAt": "2026-12-01T22:00:00Z",
            "by": "ann", "flowCount": 3, "gatedCount": 1, "ungatedCount": 2, "new": true, "previousRevision": 1,
            "differences": ["flow Library/F (f) is gone"], "holdsToStop": 0, "holdsToStopComplete": true,
            "diagnostics": [],
        ]
        for field in more.members { object[field.name] = field.value }
        return .object(object)
    }

    /// Project trees in a folder, one a name.
    private static func projects(_ names: [String], in folder: TemporaryFolder) throws -> [String] {
        try names.enumerated().map { index, name in
            try folder.write("content.pack.name=\(name)\n", to: "\(index)/contentpack.properties")
            return folder.url.appending(path: "\(index)").path
        }
    }

    @Test func sendsTheJarToThePathOfItsName() async throws {
        let server = try StubServer { _, _ in .init(200, Self.loaded("My Pack/2")) }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let project = try Self.projects(["My Pack/2"], in: folder)[0]
        let jar = folder.url.appending(path: "my.jar").path
        #expect(try await ProgramRun(["pack", "build", project, "--out", jar]).status == 0)
        for path in [jar, project] {
            let run = try await ProgramRun(
                ["pack", "load", path, "--server", server.url], environment: ["SLUICE_TOKEN": "t0ken-of-ann"])
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            #expect(
                run.output == """
                    My Pack/2  revision 2, was 1: 3 flows, 1 gated, 2 not
                      flow Library/F (f) is gone

                    """)
        }
        let bytes = try Array(Data(contentsOf: URL(filePath: jar)))
        for request in server.requests {
            #expect(request.method == "PUT" && request.target == "/v1/packs/My%20Pack%2F2")
            #expect(request.headers["content-type"] == "application/java-archive")
            #expect(request.headers["authorization"] == "Bearer t0ken-of-ann")
            #expect(request.bytes == bytes)
        }
        #expect(server.requests.count == 2)
    }

    @Test func saysHowManyHoldsItStops() async throws {
        let server = try StubServer { _, index in
            .init(
                200, Self.loaded("P", more: ["holdsToStop": .int(1 + index), "holdsToStopComplete": .bool(index == 0)]))
        }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let paths = try Self.projects(["P", "Q"], in: folder)
        let run = try await ProgramRun(["pack", "load"] + paths + ["--server", server.url])
        #expect(run.status == 0)
        #expect(run.errors.contains("Warning: 1 waiting hold will") && run.errors.contains("at least 2 waiting holds"))
    }

    @Test func goesOnAfterAPackThatCannotBeLoaded() async throws {
        let server = try StubServer { request, _ in
            request.target.hasSuffix("/A") ? .problem(413, "it has more than 7 bytes") : .init(200, Self.loaded("B"))
        }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let paths = try Self.projects(["A", "", "B"], in: folder)
        let broken = try folder.write("no zip", to: "broken.jar").path
        let arguments = [
            "pack", "load", paths[0], paths[1], broken, "/nonexistent.jar", paths[2], "--server", server.url,
        ]
        let run = try await ProgramRun(arguments)
        #expect(run.status == 1)
        #expect(server.requests.map(\.target) == ["/v1/packs/A", "/v1/packs/B"], "what is no pack is not sent")
        #expect(run.output.hasPrefix("B  revision 2"))
        for words in ["more than 7 bytes", "content.pack.name", "broken.jar", "/nonexistent.jar", "4 of 5"] {
            #expect(run.errors.contains(words), "\(words): \(run.errors)")
        }
        let json = try await ProgramRun(arguments + ["--json"])
        #expect(try json.json["results"]?.array?.map { $0["ok"]?.bool } == [false, false, false, false, true])
    }

    @Test func stopsWhenTheTokenMayNot() async throws {
        let server = try StubServer { _, _ in .problem(403, "role operator is needed") }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let paths = try Self.projects(["A", "B"], in: folder)
        let run = try await ProgramRun(["pack", "load"] + paths + ["--server", server.url])
        #expect(run.status == 77 && run.errors.contains("1 not tried"))
        #expect(server.requests.count == 1)
    }

    @Test func listsAndShowsWhatIsLoaded() async throws {
        let server = try StubServer { request, _ in
            guard request.target.hasSuffix("/packs") else {
                return .init(
                    200,
                    Self.loaded(
                        "A",
                        more: [
                            "flows": [["id": "f", "path": "Library/F", "gated": true]], "history": [Self.loaded("A")],
                        ]
                    ))
            }
            return .init(200, ["packs": [Self.loaded("A\u{202E}"), Self.loaded("B")]])
        }
        defer { server.stop() }
        let list = try await ProgramRun(["pack", "loaded", "--server", server.url])
        #expect(list.status == 0 && list.output.split(separator: "\n").count == 3)
        #expect(list.output.contains("A\\u{202e}"), "names are from packs; they are not let loose on a terminal")
        let one = try await ProgramRun(["pack", "loaded", "A/1 x", "--server", server.url])
        #expect(one.output.contains("gated  Library/F") && one.output.contains("revision 2, 2026-12-01T22:00:00Z"))
        #expect(one.output.contains("  flow Library/F (f) is gone"))
        #expect(server.requests.last?.target == "/v1/packs/A%2F1%20x")
    }
}
