import Foundation
import Inference
import Operations
import Raster

/// How the output of a segmentation network is read: where its planes lie, and what its numbers are.
struct SegmentationMap: Sendable, Equatable {
    enum Encoding: String, Sendable, CaseIterable {
        /// One number for each place: how likely it belongs to the thing that the network looks for.
        case probabilities
        /// A number for each class and place.
        case scores
        /// The number of the class.
        case classes
    }

    let encoding: Encoding
    /// Of the map, which may be coarser than the input.
    let size: ImageSize
    /// Numbers for each place.
    let planes: Int
    private let isPlanar: Bool

    /// - Parameters:
    ///   - encoding: nil where the output tells: whole numbers are classes, one real number a probability.
    ///   - classCount: of the labels.
    /// - Throws: for an output that is no map.
    init(_ type: TensorType, encoding: Encoding?, classCount: Int?) throws(DecodingError) {
        var shape = type.shape
        if shape.count > 2, shape[0] == 1 { shape.removeFirst() }
        if shape.count == 2 { shape.insert(1, at: 0) }
        guard shape.count == 3, !shape.contains(0) else {
            throw DecodingError(
                "the output has the shape \(type.shape); a map has a height, a width and perhaps classes")
        }
        isPlanar = classCount.map { shape[0] == $0 } ?? false || (shape[0] <= shape[2] && shape[2] != classCount)
        planes = isPlanar ? shape[0] : shape[2]
        size = isPlanar ? ImageSize(width: shape[2], height: shape[1]) : ImageSize(width: shape[1], height: shape[0])
        let found: Encoding = type.element != .float32 ? .classes : planes == 1 ? .probabilities : .scores
        self.encoding = encoding ?? found
        guard (self.encoding == .scores) == (planes > 1) else {
            throw DecodingError(
                "the output \(type.shape) has \(planes) numbers for each place, which does not fit \(self.encoding.rawValue)"
            )
        }
        if self.encoding == .scores, let classCount, classCount != planes {
            throw DecodingError("the output \(type.shape) has scores of \(planes) classes for \(classCount) labels")
        }
    }

    /// The numbers of one run, all of one place after the other.
    func values(_ output: Tensor) throws(DecodingError) -> [Float] {
        let numbers = output.element == .float32 ? output.array(of: Float.self) : output.doubles.map { Float($0) }
        guard numbers.count == size.pixelCount * planes else {
            throw DecodingError("the output has the shape \(output.shape) instead of one of \(size) places")
        }
        guard numbers.allSatisfy(\.isFinite) else { throw DecodingError("the network gives numbers that are none") }
        if !isPlanar || planes == 1 { return numbers }
        let places = size.pixelCount
        return [Float](unsafeUninitializedCapacity: numbers.count) { values, count in
            for plane in 0..<planes {
                for place in 0..<places { values[place * planes + plane] = numbers[plane * places + place] }
            }
            count = numbers.count
        }
    }
}
