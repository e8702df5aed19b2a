import Networks
import Operations
import Specification

/// Every step of the pipeline language, in the order of the reference.
public enum StepRegistry {
    public static let descriptions: [StepDescription] =
        [DecodeStep.step] + OperationRegistry.operations.map { $0.step } + NetworkRegistry.operations.map { $0.step }
        + [RouteStep.step, RecordStep.step, EncodeStep.step]

    /// Reads the keys of a step; faults are recorded in the reader, and the result is then not used.
    ///
    /// - Precondition: `name` is one of `descriptions`.
    static func action(
        _ name: String, _ reader: inout ParameterReader, _ networks: NetworkLoader
    ) -> Pipeline.Action {
        switch name {
        case DecodeStep.step.name: return .decode(DecodeStep(&reader))
        case EncodeStep.step.name: return .encode(EncodeStep(&reader))
        case RouteStep.step.name: return .operation(RouteStep(&reader))
        case RecordStep.step.name: return .record(RecordStep(&reader))
        default: break
        }
        if let type = OperationRegistry.operations.first(where: { $0.step.name == name }) {
            return .operation(type.init(&reader))
        }
        return .operation(NetworkRegistry.operations.first { $0.step.name == name }!.init(&reader, networks))
    }
}
