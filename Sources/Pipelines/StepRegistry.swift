import Networks
import Operations
import Specification

/// Every step of the pipeline language, in the order of the reference.
public enum StepRegistry {
    public static let descriptions: [StepDescription] =
        [DecodeStep.step] + OperationRegistry.operations.map { $0.step } + NetworkRegistry.operations.map { $0.step }
        + [RouteStep.step, RecordStep.step, EncodeStep.step]

    /// - Precondition: `name` is one of `descriptions`, and neither decode, record nor encode.
    static func operation(
        _ name: String, _ reader: inout ParameterReader, _ networks: NetworkLoader
    ) -> any StepOperation {
        if name == RouteStep.step.name { return RouteStep(&reader) }
        if let type = OperationRegistry.operations.first(where: { $0.step.name == name }) { return type.init(&reader) }
        return NetworkRegistry.operations.first { $0.step.name == name }!.init(&reader, networks)
    }
}
