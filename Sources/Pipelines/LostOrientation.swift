import Operations
import Specification

/// Finds outputs that nothing turns upright: neither the samples, which `decode` left as stored, nor a viewer, because
/// the tag that would tell it to is left out.
struct LostOrientation {
    /// The pictures whose samples lie as they were stored.
    private var asStored: Set<Int> = []

    mutating func check(
        _ action: Pipeline.Action, inputs: [Int], results: [Int], isClassMap: Bool, _ reader: inout ParameterReader
    ) {
        switch action {
        case .decode(let step):
            if !step.orient { asStored.formUnion(results) }
        case .operation(let operation):
            // What a network found out about the picture itself takes the place of the tag.
            if !(operation is Upright), !asStored.isDisjoint(with: inputs) { asStored.formUnion(results) }
        case .encode(let step):
            // A class map is data, which has no metadata anyway.
            guard !isClassMap, !step.keepsOrientation, !asStored.isDisjoint(with: inputs) else { return }
            reader.warning(
                at: "metadata", rule: "lost-orientation",
                message: "decode does not turn pictures upright, and the tag that tells viewers to is left out:"
                    + " photos may be shown on their side",
                hint: #"take "orient": false out of decode, or keep exif here ("metadata": ["gps", "thumbnail"])"#)
        case .record: break
        }
    }
}
