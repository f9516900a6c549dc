module @program {
  func.func public @main(%a0: tensor<2x4x4x3xf32>, %a1: tensor<2x5xf32>, %a2: tensor<3x3x3x2xf32> {tf.aliasing_output = 1 : i32}, %a3: tensor<2x5xf32>) -> (tensor<f32>, tensor<3x3x3x2xf32>) {
    %v0 = stablehlo.convolution(%a0, %a2) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x3xf32>, tensor<3x3x3x2xf32>) -> tensor<2x2x2x2xf32>
    %v1 = stablehlo.constant dense<0x00000000> : tensor<2x2x2x2xf32>
    %v2 = stablehlo.maximum %v0, %v1 : tensor<2x2x2x2xf32>
    %v3 = stablehlo.abs %v0 : tensor<2x2x2x2xf32>
    %v4 = stablehlo.negate %v3 : tensor<2x2x2x2xf32>
    %v5 = stablehlo.exponential %v4 : tensor<2x2x2x2xf32>
    %v6 = stablehlo.log_plus_one %v5 : tensor<2x2x2x2xf32>
    %v7 = stablehlo.add %v2, %v6 : tensor<2x2x2x2xf32>
    %c0 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %v8 = stablehlo.reduce(%v7 init: %c0) applies stablehlo.add across dimensions = [1, 2] : (tensor<2x2x2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
    %v9 = stablehlo.constant dense<0x3E800000> : tensor<2x2xf32>
    %v10 = stablehlo.multiply %v8, %v9 : tensor<2x2xf32>
    %v11 = stablehlo.dot_general %v10, %a3, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x2xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %c1 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %v12 = stablehlo.reduce(%v11 init: %c1) applies stablehlo.maximum across dimensions = [1] : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %v13 = stablehlo.broadcast_in_dim %v12, dims = [0] : (tensor<2xf32>) -> tensor<2x5xf32>
    %v14 = stablehlo.subtract %v11, %v13 : tensor<2x5xf32>
    %v15 = stablehlo.exponential %v14 : tensor<2x5xf32>
    %v16 = stablehlo.reduce(%v15 init: %c0) applies stablehlo.add across dimensions = [1] : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %v17 = stablehlo.reshape %v16 : (tensor<2xf32>) -> tensor<2x1xf32>
    %v18 = stablehlo.log %v17 : tensor<2x1xf32>
    %v19 = stablehlo.reshape %v18 : (tensor<2x1xf32>) -> tensor<2xf32>
    %v20 = stablehlo.broadcast_in_dim %v19, dims = [0] : (tensor<2xf32>) -> tensor<2x5xf32>
    %v21 = stablehlo.subtract %v14, %v20 : tensor<2x5xf32>
    %v22 = stablehlo.multiply %v21, %a1 : tensor<2x5xf32>
    %v23 = stablehlo.reduce(%v22 init: %c0) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x5xf32>, tensor<f32>) -> tensor<f32>
    %v24 = stablehlo.negate %v23 : tensor<f32>
    %v25 = stablehlo.constant dense<0x3D4CCCCD> : tensor<f32>
    %v26 = stablehlo.negate %a1 : tensor<2x5xf32>
    %v27 = stablehlo.reduce(%v26 init: %c0) applies stablehlo.add across dimensions = [1] : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %v28 = stablehlo.negate %v27 : tensor<2xf32>
    %v29 = stablehlo.reshape %v28 : (tensor<2xf32>) -> tensor<2x1xf32>
    %v30 = stablehlo.divide %v29, %v17 : tensor<2x1xf32>
    %v31 = stablehlo.reshape %v30 : (tensor<2x1xf32>) -> tensor<2xf32>
    %v32 = stablehlo.broadcast_in_dim %v31, dims = [0] : (tensor<2xf32>) -> tensor<2x5xf32>
    %v33 = stablehlo.multiply %v32, %v15 : tensor<2x5xf32>
    %v34 = stablehlo.add %v26, %v33 : tensor<2x5xf32>
    %v35 = stablehlo.dot_general %v34, %a3, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x2xf32>
    %v36 = stablehlo.broadcast_in_dim %v35, dims = [0, 3] : (tensor<2x2xf32>) -> tensor<2x2x2x2xf32>
    %v37 = stablehlo.constant dense<0x40800000> : tensor<2x2x2x2xf32>
    %v38 = stablehlo.divide %v36, %v37 : tensor<2x2x2x2xf32>
    %v39 = stablehlo.logistic %v0 : tensor<2x2x2x2xf32>
    %v40 = stablehlo.multiply %v38, %v39 : tensor<2x2x2x2xf32>
    %v41 = stablehlo.reverse %a2, dims = [0, 1] : tensor<3x3x3x2xf32>
    %v42 = stablehlo.convolution(%v40, %v41) dim_numbers = [b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x2x2x2xf32>, tensor<3x3x3x2xf32>) -> tensor<2x4x4x3xf32>
    %v43 = stablehlo.abs %v42 : tensor<2x4x4x3xf32>
    %v44 = stablehlo.reduce(%v43 init: %c0) applies stablehlo.add across dimensions = [0, 1, 2, 3] : (tensor<2x4x4x3xf32>, tensor<f32>) -> tensor<f32>
    %v45 = stablehlo.multiply %v25, %v44 : tensor<f32>
    %v46 = stablehlo.add %v24, %v45 : tensor<f32>
    %v47 = stablehlo.constant dense<0x40000000> : tensor<f32>
    %v48 = stablehlo.divide %v46, %v47 : tensor<f32>
    %v49 = stablehlo.constant dense<0x3DCCCCCD> : tensor<3x3x3x2xf32>
    %v50 = stablehlo.constant dense<0xBF000000> : tensor<2x5xf32>
    %v51 = stablehlo.multiply %v50, %a1 : tensor<2x5xf32>
    %v52 = stablehlo.reduce(%v51 init: %c0) applies stablehlo.add across dimensions = [1] : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %v53 = stablehlo.negate %v52 : tensor<2xf32>
    %v54 = stablehlo.reshape %v53 : (tensor<2xf32>) -> tensor<2x1xf32>
    %v55 = stablehlo.divide %v54, %v17 : tensor<2x1xf32>
    %v56 = stablehlo.constant dense<0x3CCCCCCD> : tensor<2x4x4x3xf32>
    %v57 = stablehlo.sign %v42 : tensor<2x4x4x3xf32>
    %v58 = stablehlo.multiply %v56, %v57 : tensor<2x4x4x3xf32>
    %v59 = stablehlo.convolution(%v58, %a2) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x3xf32>, tensor<3x3x3x2xf32>) -> tensor<2x2x2x2xf32>
    %v60 = stablehlo.multiply %v59, %v39 : tensor<2x2x2x2xf32>
    %v61 = stablehlo.divide %v60, %v37 : tensor<2x2x2x2xf32>
    %v62 = stablehlo.reduce(%v61 init: %c0) applies stablehlo.add across dimensions = [1, 2] : (tensor<2x2x2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
    %v63 = stablehlo.dot_general %v62, %a3, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x2xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %v64 = stablehlo.multiply %v63, %v15 : tensor<2x5xf32>
    %v65 = stablehlo.reduce(%v64 init: %c0) applies stablehlo.add across dimensions = [1] : (tensor<2x5xf32>, tensor<f32>) -> tensor<2xf32>
    %v66 = stablehlo.reshape %v65 : (tensor<2xf32>) -> tensor<2x1xf32>
    %v67 = stablehlo.multiply %v66, %v29 : tensor<2x1xf32>
    %v68 = stablehlo.multiply %v17, %v17 : tensor<2x1xf32>
    %v69 = stablehlo.divide %v67, %v68 : tensor<2x1xf32>
    %v70 = stablehlo.subtract %v55, %v69 : tensor<2x1xf32>
    %v71 = stablehlo.reshape %v70 : (tensor<2x1xf32>) -> tensor<2xf32>
    %v72 = stablehlo.broadcast_in_dim %v71, dims = [0] : (tensor<2xf32>) -> tensor<2x5xf32>
    %v73 = stablehlo.multiply %v63, %v32 : tensor<2x5xf32>
    %v74 = stablehlo.add %v72, %v73 : tensor<2x5xf32>
    %v75 = stablehlo.multiply %v74, %v15 : tensor<2x5xf32>
    %v76 = stablehlo.add %v51, %v75 : tensor<2x5xf32>
    %v77 = stablehlo.dot_general %v76, %a3, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x2xf32>
    %v78 = stablehlo.broadcast_in_dim %v77, dims = [0, 3] : (tensor<2x2xf32>) -> tensor<2x2x2x2xf32>
    %v79 = stablehlo.divide %v78, %v37 : tensor<2x2x2x2xf32>
    %v80 = stablehlo.multiply %v79, %v39 : tensor<2x2x2x2xf32>
    %v81 = stablehlo.multiply %v59, %v38 : tensor<2x2x2x2xf32>
    %v82 = stablehlo.constant dense<0x3F800000> : tensor<2x2x2x2xf32>
    %v83 = stablehlo.subtract %v82, %v39 : tensor<2x2x2x2xf32>
    %v84 = stablehlo.multiply %v39, %v83 : tensor<2x2x2x2xf32>
    %v85 = stablehlo.multiply %v81, %v84 : tensor<2x2x2x2xf32>
    %v86 = stablehlo.add %v80, %v85 : tensor<2x2x2x2xf32>
    %v87 = stablehlo.convolution(%a0, %v86) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x3xf32>, tensor<2x2x2x2xf32>) -> tensor<3x3x3x2xf32>
    %v88 = stablehlo.convolution(%v58, %v40) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x3xf32>, tensor<2x2x2x2xf32>) -> tensor<3x3x3x2xf32>
    %v89 = stablehlo.add %v87, %v88 : tensor<3x3x3x2xf32>
    %v90 = stablehlo.multiply %v49, %v89 : tensor<3x3x3x2xf32>
    %v91 = stablehlo.subtract %a2, %v90 : tensor<3x3x3x2xf32>
    return %v48, %v91 : tensor<f32>, tensor<3x3x3x2xf32>
  }
}
