import SluiceContent
import SluiceModel
import Testing

/// Files of our own: the whole graph of a flow, and one broken file for each rule.
@Suite struct CloudSlangDocumentReaderTests {
    private func read(_ text: String, name: String = "night") -> (document: FlowDocument?, diagnostics: [Diagnostic]) {
        CloudSlangDocumentReader().read(bytes: Array(text.utf8), path: "Content/Library/\(name).sl", file: "f.sl")
    }

    private static func flow(
        inputs: String = "[]", steps: String, outputs: String = "[]", results: String = "[SUCCESS, FAILURE]"
    ) -> String {
        """
        namespace: own.space
        imports: {ops: other.space}
        flow:
          name: night
          inputs: \(inputs)
          workflow: \(steps)
          outputs: \(outputs)
          results: \(results)
        """
    }

    private static func operation(_ rest: String) -> String {
        "namespace: own\noperation:\n  name: night\n  " + rest
    }

    private static let plain = "[{one: {do: {ops.call: []}}}]"

    @Test func acceptsEveryKeyThatTheCompilerTakes() throws {
        let text = Self.flow(
            steps: """
                [{one: {loop: {for: x in a, do_external: {some.id: []}, worker_group: w, navigate: [{OK: two}]}}},
                  {two: {parallel_loop: {for: x in a, do: {near: []}, max_throttle: '5', worker_group: w},
                         worker_group: {value: w, override: true}}}]
                """, results: "[SUCCESS, FAILURE]\n  worker_group: w")
        let (document, diagnostics) = read(text)
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        #expect(document?.steps.map(\.called) == ["some.id", "own.space.near"])
        #expect(document?.steps.first?.transitions.map(\.response) == ["OK"])
    }

    @Test func makesNavigationExplicit() throws {
        let text = Self.flow(
            inputs: "[a, {b: 'x'}, {c: {private: true, default: 'y', sensitive: true}}, {d: {required: false}}]",
            steps: """
                [{one: {do: {ops.deep.call: [a, {p: {value: '${b}', sensitive: true}}]}, publish: [r]}},
                  {two: {parallel_loop: {for: x in a, do: {near: []}}, 
                         navigate: [{SUCCESS: SUCCESS}, {FAILURE: on_failure}]}},
                  {on_failure: [{mail: {do: {far.away: []}}}]}]
                """, outputs: "[{o: '${r}'}]")
        let (found, diagnostics) = read(text)
        let document = try #require(found)
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        #expect(document.id == "own.space.night" && document.kind == .cloudSlangFlow && document.startStep == "one")
        #expect(document.inputs.map(\.kind) == ["input", "default", "private", "input"])
        #expect(document.inputs.map(\.isRequired) == [true, true, true, false])
        #expect(document.inputs[2].isSecret && document.inputs[1].value?.exposed == "x")
        #expect(document.steps.map(\.called) == ["other.space.deep.call", "own.space.near", "far.away"])
        #expect(
            document.steps.map { $0.transitions.map(\.destination) } == [
                ["two", "mail"], ["SUCCESS", "mail"], ["FAILURE", "FAILURE"],
            ])
        #expect(document.steps[1].kind == .parallelMultiStep)
        #expect(document.steps[0].bindings.map(\.kind) == ["argument", "argument"])
        #expect(document.steps[0].bindings[0].fromVariable == "a" && document.steps[0].bindings[1].isSecret)
        #expect(document.steps[0].assignments.map(\.expression.field) == ["${r}"])
        #expect(document.outputs == [FlowExpression(name: "o", field: "${r}")])
        #expect(document.steps[0].line == 6 && document.steps[1].line == 7)
    }

    @Test func failsWithoutOnFailureToTheResult() throws {
        let text = Self.flow(steps: "[{one: {do: {c: []}, navigate: [{SUCCESS: SUCCESS}, {FAILURE: on_failure}]}}]")
        let document = try #require(read(text).document)
        #expect(document.steps[0].transitions.map(\.destination) == ["SUCCESS", "FAILURE"])
    }

    @Test(arguments: [
        ("loop: {for: x in a, do: {c: []}}", ["x"], "a", ["FAILURE"]),
        ("loop: {for: 'k,  v in  {1: 2} ', do: {c: []}, break: [A, B]}", ["k", "v"], "{1: 2} ", ["A", "B"]),
        ("loop: {for: \"x in 'in in'.split( )\", do: {c: []}, break: []}", ["x"], "'in in'.split( )", []),
        ("parallel_loop: {for: x in a, do: {c: []}}", ["x"], "a", ["FAILURE"]),
    ])
    func keepsWhatALoopGoesThrough(step: String, variables: [String], list: String, breaks: [String]) throws {
        let (document, diagnostics) = read(Self.flow(steps: "[{one: {\(step)}}]"))
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        #expect(document?.steps.first?.loop == FlowLoop(variables: variables, list: list, breaks: breaks))
    }

    @Test func readsThePluginOfAnOperation() throws {
        let action = "java_action: {gav: 'g:a:1', class_name: x.Y, method_name: run}"
        let (document, diagnostics) = read(Self.operation(action))
        #expect(diagnostics.isEmpty)
        #expect(document?.plugin == FlowPlugin(groupID: "g", artifactID: "a", version: "1", actionName: "x.Y.run"))
        #expect(document?.responses == [FlowResponse(name: "SUCCESS", type: "", isDefault: true, line: 3)])
    }

    @Test func readsThePythonOfAnOperation() throws {
        let action = """
            python_action: {use_jython: false, script: 'def execute(): return {}'}
              outputs: [plain, token: {value: '${token}', sensitive: true}]
              results: [GOOD: "${plain == 'x'}", BAD]
            """
        let (document, diagnostics) = read(Self.operation(action))
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        #expect(document?.python?.exposed == "def execute(): return {}")
        #expect(document?.outputs.map(\.isSecret) == [false, true])
        #expect(document?.responses.map(\.condition) == ["${plain == 'x'}", nil])
        // Jython's, which is the default, is another language.
        for action in ["python_action: {script: pass}", "python_action: {use_jython: true, script: pass}"] {
            #expect(read(Self.operation(action)).document?.python == nil)
        }
    }

    /// A value whose colon was forgotten, or that was taken for a key.
    @Test(arguments: [
        flow(inputs: "['password hunter2']", steps: plain), flow(inputs: "[password: {hunter2: x}]", steps: plain),
        flow(inputs: "[password: {default: x, hunter2: }]", steps: plain),
        flow(steps: "[{one: {do: {c: [token: {hunter2: x}]}}}]"),
        flow(steps: "[{one: {do: {c: []}, publish: ['token hunter2']}}]"),
        "namespace: own\nproperties: [token: {hunter2: x}]", "namespace: own\nproperties: ['token hunter2': x]",
        "namespace: own\nproperties: ['token hunter2']",
    ])
    func showsNothingThatMayBeAValue(text: String) {
        let diagnostics = read(text).diagnostics
        #expect(!diagnostics.isEmpty && !diagnostics.contains { $0.message.contains("hunter2") }, "\(diagnostics)")
    }

    private static let broken: [(code: String, text: String)] = [
        ("root", "- a"),
        ("namespace", "operation: {name: night, python_action: {script: pass}}"),
        ("kind", "namespace: own"),
        ("key", flow(steps: "[{one: {do: {c: []}, aggregate: []}}]")),
        ("imports", "namespace: own\nimports: {ops: }\noperation: {name: night, python_action: {script: pass}}"),
        ("name", "namespace: own\noperation: {name: , python_action: {script: pass}}"),
        ("file-name", "namespace: own\noperation: {name: day, python_action: {script: pass}}"),
        ("characters", flow(inputs: "[9a]", steps: plain)),
        ("characters", flow(steps: "[{'a*': {do: {c: []}}}]")),
        ("characters", "namespace: o$\noperation: {name: night, python_action: {script: pass}}"),
        ("list", flow(inputs: "{a: }", steps: plain)),
        ("entry", flow(inputs: "[3]", steps: plain)),
        ("duplicate", flow(inputs: "[city, City]", steps: plain)),
        ("duplicate", flow(steps: plain, outputs: "[city, City]")),
        ("duplicate", flow(steps: plain, results: "[SUCCESS, FAILURE, SUCCESS]")),
        ("duplicate", flow(steps: "[{one: {do: {c: []}}}, {one: {do: {c: []}}}]")),
        ("duplicate", flow(steps: "[{one: {do: {c: [a, A]}}}]")),
        ("duplicate", flow(steps: "[{one: {do: {c: []}, publish: [a, A]}}]")),
        ("input-output", flow(inputs: "[a]", steps: plain, outputs: "[a]")),
        ("value", flow(inputs: "[{a: 2}]", steps: plain)),
        ("value", flow(steps: "[{one: {do: {c: [{a: 2.5}]}}}]")),
        ("private", flow(inputs: "[{a: {private: true}}]", steps: plain)),
        ("results", flow(steps: plain, results: "[{SUCCESS: '${x}'}, FAILURE]")),
        ("results", operation("python_action: {script: pass}\n  results: [A, B]")),
        ("results", operation("python_action: {script: pass}\n  results: [{A: '${x}'}]")),
        ("results", "namespace: own\ndecision: {name: night}"),
        ("action", operation("inputs: [a]")),
        ("action", operation("java_action: {gav: 'g:a:1', class_name: x}")),
        ("gav", operation("java_action: {gav: 'g:a', class_name: x, method_name: y}")),
        ("workflow", flow(steps: "")),
        ("step", flow(steps: "[{one: }]")),
        ("do", flow(steps: "[{one: {do: }}]")),
        ("loop", flow(steps: "[{one: {loop: {for: x, do: {c: []}}}}]")),
        ("key", flow(steps: "[{one: {parallel_loop: {for: x in y, do: {c: []}, publish: [a]}}}]")),
        ("navigation", flow(steps: "[{one: {do: {c: []}, navigate: [{SUCCESS: two}, {FAILURE: FAILURE}]}}]")),
        ("unreachable", flow(steps: plain, results: "[SUCCESS, FAILURE, LOST]")),
        (
            "unreachable",
            flow(
                steps: "[{one: {do: {c: []}, navigate: [{A: SUCCESS}, {B: FAILURE}]}}, {two: {do: {c: []}}}]")
        ),
        ("collision", flow(steps: "[{SUCCESS: {do: {c: []}}}]")),
        ("on-failure", flow(steps: "[{one: {do: {c: []}}}, {on_failure: }]")),
        ("on-failure", flow(steps: "[{one: {do: {c: []}}}, {on_failure: [{m: {do: {c: []}, navigate: []}}]}]")),
        (
            "on-failure",
            flow(
                steps: "[{one: {do: {c: []}}}, {on_failure: [{m: {do: {c: []}}}]}, {two: {do: {c: []}}}]")
        ),
        ("on-failure", flow(steps: "[{one: {do: {c: []}}}, {on_failure: [{m: {do: {c: []}}}]}]", results: "[SUCCESS]")),
        ("on-failure", flow(steps: plain, results: "[SUCCESS, FAILURE, ON_FAILURE]")),
    ]

    @Test(arguments: broken) func namesTheFault(code: String, text: String) {
        let diagnostics = read(text).diagnostics
        let found = diagnostics.first { $0.code == "cloudslang-" + code }
        #expect(found?.severity == .error && found?.line != nil, "\(diagnostics)")
    }

    @Test func acceptsThePlainForms() {
        #expect(read(Self.flow(steps: Self.plain)).diagnostics.isEmpty)
        #expect(read(Self.operation("python_action: {script: pass}")).diagnostics.isEmpty)
        let valued = "[{one: {do: {c: []}, navigate: [{SUCCESS: {next_step: SUCCESS, ROI: 1}}, {FAILURE: FAILURE}]}}]"
        #expect(read(Self.flow(steps: valued)).diagnostics.isEmpty)
    }
}
