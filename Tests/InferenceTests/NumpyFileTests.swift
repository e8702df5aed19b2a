import ONNX
import Testing

@testable import Inference

@Suite("Arrays go to NumPy's format and back")
struct NumpyFileTests {
    @Test func roundTrip() throws {
        let tensors = [
            try Tensor(shape: [2, 3], floats: [1, -2.5, .infinity, 0, 5, 6]), try Tensor(shape: [], floats: [7]),
            try Tensor(shape: [0, 4], floats: []), try Tensor(shape: [3], int64s: [.min, 0, .max]),
            try Tensor(element: .int32, shape: [1], of: [Int32(-5)]),
            try Tensor(element: .uint8, shape: [2], of: [UInt8(0), 255]),
            try Tensor(element: .int8, shape: [2], of: [Int8(-128), 127]),
            try Tensor(element: .bool, shape: [2], of: [UInt8(0), 1]),
        ]
        for tensor in tensors {
            let bytes = NumpyFile.bytes(of: tensor)
            let back = try NumpyFile.tensor(from: bytes, file: "a.npy")
            #expect(back.type == tensor.type)
            #expect(NumpyFile.bytes(of: back) == bytes)
            #expect((bytes.count - tensor.type.byteCount) % 64 == 0)
        }
    }

    private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let length = header.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [version, 0, UInt8(length & 255), UInt8(length >> 8)]
            + Array(header.utf8) + data
    }

    @Test func otherWidthsBecomeFloat32() throws {
        let double = file(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f])
        #expect(try NumpyFile.tensor(from: double, file: "a").array(of: Float.self) == [1.5])
        let half = file("{\"shape\": (2,), \"fortran_order\": False, \"descr\": \"<f2\"}", [0, 0x3c, 0, 0xc0])
        #expect(try NumpyFile.tensor(from: half, file: "a").array(of: Float.self) == [1, -2])
    }

    @Test func malformedFiles() {
        let good = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", [0, 0, 0, 0])
        var cases = (0..<good.count).map { Array(good[..<$0]) }
        cases += [
            good + [0], file("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", [0, 0, 0, 0]),
            file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0]),
            file("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0]),
            file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", [0, 0, 0, 0]),
            file("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", [0, 0, 0, 0]),
            file("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", [0, 0, 0, 0]),
            file("{'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0]), file("{}", []), file("", []),
            file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", [0, 0, 0, 0], version: 9),
        ]
        for bytes in cases {
            #expect(throws: InferenceError.self) { try NumpyFile.tensor(from: bytes, file: "bad.npy") }
        }
    }
}
