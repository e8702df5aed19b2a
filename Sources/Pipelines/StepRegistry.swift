import Operations
import Specification

/// Every step of the pipeline language, in the order of the reference.
public enum StepRegistry {
    public static let descriptions: [StepDescription] =
        [DecodeStep.step] + OperationRegistry.operations.map { $0.step } + [RecordStep.step, EncodeStep.step]

    static func operation(_ name: String) -> (any ImageOperation.Type)? {
        OperationRegistry.operations.first { $0.step.name == name }
    }
}
