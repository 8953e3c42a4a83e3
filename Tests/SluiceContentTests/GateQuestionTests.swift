import Foundation
import Testing

/// The question of the gate in CloudSlang, as its own operation composes it.
@Suite struct GateQuestionTests {
    private static let operation = URL(filePath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../ContentPack/Content/Library/Sluice/cloudslang/encode_ask.sl").standardized

    /// Runs the operation's script once for each state and gives the questions with the states they leave.
    private func questions(_ states: [String]) throws -> [(question: [String: String], state: String)] {
        let text = try String(contentsOf: Self.operation, encoding: .utf8)
        let body = try #require(text.range(of: "script: |\n"))
        let tail = try #require(text.range(of: "  outputs:"))
        let folder = try TemporaryFolder()
        let lines = text[body.upperBound..<tail.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
        try folder.write(lines.map { $0.dropFirst(6) }.joined(separator: "\n"), to: "operation.py")
        try folder.write(String(decoding: try JSONEncoder().encode(states), as: UTF8.self), to: "states.json")
        try folder.write(
            """
            json, sys = __import__('json'), __import__('sys')
            exec(open(sys.argv[1] + '/operation.py', encoding='utf-8').read())
            answers = [execute('a.b', 'Library/a/b', 'flow', None, 'wait', None, '', '{}', '[]', 'run-1', state)
                       for state in json.load(open(sys.argv[1] + '/states.json', encoding='utf-8'))]
            texts = [{k: v for k, v in json.loads(a['question']).items() if isinstance(v, str)} for a in answers]
            print(json.dumps([[question, {'state': a['sent_state']}] for question, a in zip(texts, answers)]))
            """, to: "run.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(CloudSlangGatingTests.python))
        process.arguments = [folder.path + "/run.py", folder.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let pairs = try JSONDecoder().decode([[[String: String]]].self, from: output)
        return pairs.map { ($0[0], $0[1]["state"] ?? "") }
    }

    @Test(.enabled(if: CloudSlangGatingTests.python != nil, "needs python3"))
    func hasAnAskIdOfItsOwnForEachGateAndTheSameInEveryRepeat() throws {
        // Two gates of one run, each at its first question.
        let first = try questions(["{}", "{}"])
        let ids = first.map { $0.question["askId"] ?? "" }
        #expect(ids.allSatisfy { UUID(uuidString: $0) != nil } && Set(ids).count == 2)
        #expect(first.allSatisfy { $0.question["runId"] == "run-1" && $0.question["flow"] == "a.b" })
        // The first of them, asking again.
        let again = try questions([first[0].state, first[0].state])
        #expect(again.map { $0.question["askId"] } == [ids[0], ids[0]])
    }
}
