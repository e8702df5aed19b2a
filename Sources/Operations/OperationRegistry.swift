import Specification

/// Every image operation of the pipeline language, in the order of the reference.
public enum OperationRegistry {
    public static let operations: [any ImageOperation.Type] = [
        Split.self,
        Channel.self,
        Merge.self,
        Gray.self,
        Convolve.self,
        Apply.self,
        Combine.self,
        Crop.self,
        Resize.self,
        Rotate.self,
        Flip.self,
        FindPattern.self,
        Upright.self,
        Mask.self,
        Overlay.self,
    ]
}
