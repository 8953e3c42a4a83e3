import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Real CloudSlang files as graphs: valid ones without an error, those broken on purpose each with one.
@Suite struct CloudSlangDocumentSampleTests {
    /// Files in the folders of broken ones that have no fault which shows in the file alone, and why.
    private static let sound: [String: String] = [
        // The fault is in how the file fits its callee: lint's.
        "corrupted/default_navigation_missing_result.sl": "whether the callee answers FAILURE decides",
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
        "corrupted/unreachable_on_failure_step.sl": "only other steps must be reachable",
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
        #expect(faulty == 115)
        #expect(valid == 601)
    }
}
