import Specification

/// Finds outputs that nothing turns upright: neither the samples, which `decode` left as stored, nor a viewer, because
/// the tag that would tell it to is left out.
struct LostOrientation {
    private var unturned = UnturnedValues()

    mutating func check(
        _ action: Pipeline.Action, inputs: [Int], results: [Int], isClassMap: Bool, _ reader: inout ParameterReader
    ) {
        unturned.note(action, inputs: inputs, results: results)
        // A class map is data, which has no metadata anyway.
        guard case .encode(let step) = action, !isClassMap, !step.keepsOrientation, unturned.contain(inputs) else {
            return
        }
        reader.warning(
            at: "metadata", rule: "lost-orientation",
            message: "decode does not turn pictures upright, and the tag that tells viewers to is left out:"
                + " photos may be shown on their side",
            hint: #"take "orient": false out of decode, or keep exif here ("metadata": ["gps", "thumbnail"])"#)
    }
}
