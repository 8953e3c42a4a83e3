import SluiceContent
import SluiceFlowRunner
import Testing

/// CloudSlang expressions through an argument of a step.
@Suite struct CloudSlangExpressionTests {
    private func run(
        _ value: String, expressions: (@Sendable (String, [String: String]) throws -> String?)? = nil
    ) async -> FlowRun {
        var document = FlowDocument(id: "ns.flow", name: "flow", path: "", kind: .cloudSlangFlow)
        document.inputs = ["x", "quoted", "n", "empty", "csv"].map {
            FlowBinding(name: $0, kind: "input", type: "string", isRequired: false)
        }
        document.responses = [FlowResponse(name: "SUCCESS", type: "")]
        var first = step("A", [FlowBinding(name: "arg", kind: "argument", type: "string", value: FlowValue(value))])
        first.transitions = [FlowTransition(response: "SUCCESS", name: "", destination: "SUCCESS")]
        document.steps = [first]
        document.startStep = "A"
        var runner = FlowRunner(library: FlowLibrary([document]))
        runner.operations["op:A"] = echo("SUCCESS")
        runner.systemProperties = ["ns.url": "http://gate/"]
        runner.runID = "4711"
        runner.expressions = expressions
        runner.limits.valueBytesMax = 100_000
        return await runner.run(
            "ns.flow", inputs: ["x": "text", "quoted": "\"hold\"", "n": "7", "empty": "", "csv": "a,b,c"])
    }

    static let values: [(String, String)] = [
        ("literal", "literal"), ("${", "${"), ("a ${x}", "a ${x}"), ("${x}", "text"), (" ${ x } ", "text"),
        ("${'a'}", "a"), ("${\"a'b\"}", "a'b"), (#"${'a\'b\n\\'}"#, "a'b\n\\"), ("${'ü😀'}", "ü😀"),
        ("${x + ':' + x}", "text:text"), ("${str(1 + 2)}", "3"), ("${1 + 2}", "3"), ("${[1] + ['a']}", "[1, 'a']"),
        ("${get('x')}", "text"), ("${get('gone', 'd')}", "d"), ("${get('x', 'd')}", "text"),
        ("${get_sp('ns.url')}", "http://gate/"), ("${get_sp('ns.gone', 'd')}", "d"),
        ("${get_sp('ns.url').rstrip('/') + '/v1'}", "http://gate/v1"),
        ("${run_id}", "4711"), ("${get_run_id()}", "4711"), ("${check_empty(empty, 'd')}", "d"),
        ("${check_empty(x, 'd')}", "text"), ("${check_empty(None, 'd')}", "d"),
        ("${quoted.strip('\"')}", "hold"), ("${quoted[1:-1]}", "hold"), ("${x[0]}", "t"), ("${x[-1]}", "t"),
        ("${x[:2]}", "te"), ("${x[2:]}", "xt"), ("${x[9:]}", ""), ("${csv.split(',')[1]}", "b"),
        ("${'  a '.strip()}", "a"), ("${'xa'.lstrip('x')}", "a"), ("${x.upper().lower()}", "text"),
        ("${x.replace('t', 'T')}", "TexT"), ("${cs_to_upper(x)}", "TEXT"), ("${str(len(x))}", "4"),
        ("${x == 'text'}", "True"), ("${x != 'text'}", "False"), ("${'ex' in x}", "True"),
        ("${'y' not in x}", "True"), ("${'b' in csv.split(',')}", "True"), ("${not empty}", "True"),
        ("${int(n) > 5 and int(n) <= 7}", "True"), ("${int(n) < 5 or x == 'text'}", "True"),
        ("${get('gone') is None}", "True"), ("${x is not None}", "True"),
        ("${'a' if empty else 'b'}", "b"), ("${'a' if x else 'b'}", "a"), ("${-1}", "-1"), ("${(x)}", "text"),
        ("${range(1,4)}", "[1, 2, 3]"), ("${x.startswith('te') and x.endswith('xt')}", "True"),
        ("${None}", "none"),
    ]

    /// Of these one side does not hold, and Python does not look at it.
    static let halves: [(String, String)] = [
        ("${'a' if x else gone}", "a"), ("${gone if empty else 'b'}", "b"), ("${x or gone}", "text"),
        ("${empty or x or gone}", "text"), ("${empty and gone}", ""), ("${x and empty and gone}", ""),
        ("${'a' if x else gone if x else int('a')}", "a"), ("${(gone if empty else x) + '!'}", "text!"),
        (
            "${('x=' + get('x').replace('t', 'T') if get('x') is not None else '') + '&' + "
                + "('y=' + get('y').replace('t', 'T') if get('y') is not None else '')}", "x=TexT&"
        ),
    ]

    @Test(arguments: values + halves)
    func evaluates(value: String, expected: String) async {
        let run = await run(value)
        #expect(run.response == "SUCCESS")
        #expect(run.traced("A", "arg") ?? "none" == expected)
    }

    static let refused = [
        "${gone}", "${}", "${x +}", "${x + 1}", "${import('os')}", "${open('/etc/passwd').read()}", "${x.format(x)}",
        "${lambda y: y}", "${x; x}", "${'open}", "${x[}", "${x[99]}", "${(x}", "${get()}", "${x x}", "${1 * 2}",
        "${int('a')}", "${len(1)}", "${'a' < 'b'}", "${x if x}", "${[1}", "${{'a': 1}}", "${99999999999999999999}",
        "${gone if x else 'b'}", "${'a' if gone else 'b'}", "${empty or gone}", "${x and gone}", "${'a' if x else }",
        "${__import__}", "${x.__class__}", "${'a' in 1}", "${x.split('')}", "${-x}", "${9223372036854775807 + 1}",
    ]

    @Test(arguments: refused)
    func refusesWhatItDoesNotKnow(value: String) async {
        #expect(await run(value).error?.code == .expression)
    }

    @Test(arguments: [
        "${" + String(repeating: "(", count: 100) + "x" + String(repeating: ")", count: 100) + "}",
        "${" + String(repeating: "x+", count: 20_000) + "x}", "${range(0, 99999)}", "${range(-9223372036854775807, 5)}",
        "${" + String(repeating: "[", count: 100) + "}",
        "${'" + String(repeating: "a", count: 1_000) + "'.replace('a', '" + String(repeating: "b", count: 1_000)
            + "')}",
    ])
    func endsAtItsLimits(value: String) async {
        #expect(await run(value).error?.code == .limit)
    }

    @Test func asksForWhatItDoesNotKnow() async {
        let run = await run("${x * 2}") { body, names in
            #expect(body == "x * 2")
            return names["x"].map { $0 + $0 }
        }
        #expect(run.traced("A", "arg") == "texttext")
        #expect(await self.run("${x * 2}") { _, _ in nil }.error?.code == .expression)
        #expect(await self.run("${x * 2}") { _, _ in throw Oops(secret: "") }.error?.code == .callFailed)
    }

    @Test func errorShowsNoValue() async {
        let text = await run("${x + 1}").error?.description ?? ""
        #expect(!text.contains("text"))
        #expect(text.contains("str("))
    }
}
