import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Real CloudSlang files as graphs: valid ones without an error, those broken on purpose each with one.
@Suite struct CloudSlangDocumentSampleTests {
    /// Files in the folders of broken ones that have no fault which shows in the file alone, and why.
    private static let sound: [String: String] = [
        // The fault is in how the file fits its callee: lint's.
        "corrupted/step_with_missing_navigation_from_operation_result_flow.sl": "the callee's results decide",
        "corrupted/flow_input_in_step_same_name_as_dependency_output.sl": "the callee's outputs decide",
        "corrupted/flow_missing_dependency_required_input_in_grandchild.sl": "the callee's inputs decide",
        "corrupted/flow_that_calls_corrupted_flow.sl": "the callee is broken",
        "corrupted/parent_flow_to_no_step_data_flow.sl": "the callee is broken",
        "corrupted/missing_dependencies_imports_flow.sl": "the callee is absent",
        "corrupted/matching-navigation/parent_flow.sl": "the callee's results decide",
        "corrupted/matching-navigation/child_flow.sl": "the callee's results decide",
        "corrupted/duplicate/duplicate_fqn_1.sl": "the other file of the same full name decides",
        // Valid by the language.
        "corrupted/matching-navigation/check_number.sl": "callee of another file",
        "corrupted/matching-navigation/check_weather.sl": "callee of another file",
        "corrupted/matching-navigation/get_time_zone.sl": "callee of another file",
        "corrupted/matching-navigation/test_op.sl": "callee of another file",
        "corrupted/navigation/op_1.sl": "callee of another file",
        "corrupted/navigation/op_2.sl": "callee of another file",
        "corrupted/transformers/check_weather_required_input_sensitive.sl": "callee of another file",
        "compile_errors/print.sl": "callee of another file",
        "corrupted/same_private_input_and_output_name.sl": "a private input may share an output's name",
        "corrupted/transformers/check_flow_input_prompt.sl": "prompts as they should be",
    ]

    /// Files outside those folders that the language forbids, by code; the compiler's tests need them there.
    private static let broken: [String: String] = [
        "decision/decision_4_py_action_key.sl": "key", "decision/decision_4_unrecognized_key.sl": "key",
        "decision/decision_wo_results.sl": "results", "fail_on_input_op.sl": "key",
        "flow_navigate_duplicate_keys.sl": "duplicate", "illegal_key_in_input.sl": "key",
        "inputs_with_functions.sl": "key", "java_action_with_dependencies_1_empty_part.sl": "gav",
        "java_action_with_dependencies_1_part.sl": "gav", "java_action_with_dependencies_2_parts.sl": "gav",
        "java_action_with_dependencies_all_empty_parts.sl": "gav", "java_action_with_dependencies_empty.sl": "gav",
        "resources/loops/loop_with_custom_navigation_with_map.sl": "value", "loops/simple_loop_empty.sl": "loop",
        "loops/simple_loop_empty_string.sl": "loop", "operation_with_invalid_outputs.sl": "key",
        "private_input_with_sys_prop.sl": "key", "private_input_without_default.sl": "private",
        "properties/a/b/invalid_1.prop.sl": "characters", "properties/a/b/multiple_invalid.prop.sl": "characters",
        "properties/a/b/duplicate_ignoring_case_complex_key.prop.sl": "duplicate",
        "properties/a/b/duplicate_ignoring_case_simple_key.prop.sl": "duplicate",
        "properties/a/b/sensitive_invalid_key.prop.sl": "key",
        "properties/a/b/sensitive_key_not_string.prop.sl": "key", "yaml/flow_results_empty_list.sl": "navigation",
        "properties/a/b/duplicate_key.prop.sl": "duplicate", "properties/a/b/invalid_2.prop.sl": "characters",
        "properties/a/b/invalid_missing_properties.prop.sl": "properties",
        "properties/a/b/list_element_not_map.prop.sl": "properties",
        "properties/a/b/list_element_null.prop.sl": "properties",
        "properties/a/b/map_under_properties.prop.sl": "properties",
        "properties/a/b/map_with_multiple_entries.prop.sl": "properties",
        "properties/a/b/wrong_key_type.prop.sl": "properties",
        "properties/a/b/invalid_missing_properties_tag.prop.sl": "kind", "results/decision_2.sl": "results",
        "results/op_2.sl": "results", "results/op_3.sl": "results", "yaml/on_failure_more_steps.sl": "on-failure",
        // The compiler's tests read these as texts, or under another name.
        "seq-operation/seq_op_no_sys_prop.sl": "file-name", "seq-operation/seq_op_with_sys_property.sl": "file-name",
        "metadata/step/step_description_07.sl": "file-name", "metadata/step/step_description_10.sl": "file-name",
        "metadata/step/step_description_11.sl": "file-name",
    ]

    /// The code that a file outside the folders of broken ones must have; nil for valid files.
    private static func code(of name: String) -> String? {
        if name.hasSuffix("metadata/step/step_description_04.sl") { return "yaml-empty" }
        if name.hasSuffix("/flow_with_external_steps_and_errors.sl") { return "yaml-duplicate-key" }
        if name.contains("/python_external_") { return "cloudslang-file-name" }
        if name.contains("/metadata/metadata"), !name.hasSuffix("_decision.sl") { return "cloudslang-key" }
        return broken.first { name.hasSuffix("/" + $0.key) }.map { "cloudslang-" + $0.value }
    }

    @Test(.enabled(if: SharedFiles.hasContent, "needs ../shared/samples/content"))
    func namesTheFaultOfEveryBrokenFile() throws {
        var valid = 0
        var faulty = 0
        for path in SharedFiles.files(below: SharedFiles.samples + "/content", suffix: ".sl") {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let result = CloudSlangDocumentReader().read(bytes: bytes, path: path, file: path)
            let errors = result.diagnostics.filter { $0.severity == .error }
            let isSound = Self.sound.keys.contains { path.hasSuffix("/" + $0) }
            if path.contains("/corrupted/") || path.contains("/compile_errors/") {
                #expect(errors.isEmpty == isSound, "\(path): \(errors)")
                faulty += errors.isEmpty ? 0 : 1
            } else if let code = Self.code(of: path) {
                #expect(errors.contains { $0.code == code }, "\(path): \(errors)")
            } else {
                #expect(errors.isEmpty, "\(errors)")
                valid += 1
            }
        }
        #expect(faulty == 117)
        #expect(valid == 588)
    }

    /// The same by way of a pack, as `sluice pack inspect` reads it.
    @Test(.enabled(if: SharedFiles.hasContent, "needs ../shared/samples/content"))
    func namesTheFaultsOfAPackToo() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/Content", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: SharedFiles.samples + "/content", toPath: folder.path + "/Content/Library")
        var limits = ContentLimits()
        limits.diagnosticCountMax = 10_000
        let pack = ContentPackReader(limits: limits).read(path: folder.path, isCompiled: true)
        let broken = Set(pack.diagnostics.filter { $0.severity == .error }.map(\.file))
        for path in SharedFiles.files(below: folder.path, suffix: ".sl")
        where path.contains("/corrupted/") || path.contains("/compile_errors/") {
            let isSound = Self.sound.keys.contains { path.hasSuffix("/" + $0) }
            #expect(broken.contains(path) != isSound, "\(path)")
        }
    }

    /// Files whose fault shows only beside what they call: lint names it, with the real compiler's reason beside it.
    private static let beside: [(file: String, rules: [String])] = [
        // "the results [FAILURE] of its dependency 'user.ops.java_op' have no matching navigation"
        ("step_with_missing_navigation_from_operation_result_flow.sl", ["OO403"]),
        // "has input 'balla' with the same name as the one of the outputs of 'user.ops.test_op'"
        ("flow_input_in_step_same_name_as_dependency_output.sl", ["OO406"]),
        // "Reference: 'ops.op1' … wasn't found in path"
        ("missing_dependencies_imports_flow.sl", ["OO401"]),
        // "the results [NEGATIVE] of its dependency 'user.ops.get_time_zone' have no matching navigation"
        ("matching-navigation/child_flow.sl", ["OO403", "OO407"]),
        // "Duplicate executable found"
        ("duplicate/duplicate_fqn_1.sl", ["OO407", "OO304"]),
    ]

    @Test(.enabled(if: SharedFiles.hasContent, "needs ../shared/samples/content"), arguments: beside)
    func lintNamesTheFaultsBesideTheCallee(file: String, rules: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        let resources =
            SharedFiles.samples + "/content/cloud-slang-tests/cloudslang-compiler/src/test/resources/"
        let files = ["check_op.sl", "test_op.sl", "java_op.sl", "noop.sl", "corrupted/\(file)"]
        let others =
            ["get_time_zone.sl"].map { "corrupted/matching-navigation/" + $0 } + [
                "corrupted/duplicate/duplicate_fqn_2.sl"
            ]
        for name in files + others {
            // A file lies where its kind lies in a pack; the name within is what counts.
            let place = "Content/Library/" + name
            let text = try String(contentsOfFile: resources + name, encoding: .utf8)
            try folder.write(text, to: place)
        }
        var documents: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: folder.path) { documents.append($0) }
        let report = LintRun(disabled: ["OO101"]).report(
            on: LintInput(packs: [LintPack(pack: pack, documents: documents)]))
        // Of two documents with one name, the second is told of.
        let own = report.findings.filter { $0.file.hasSuffix("/" + file) || $0.rule == "OO304" }.map(\.rule)
        #expect(Set(rules).isSubset(of: own), "\(report.text)")
    }
}
