import { useBackend } from '@retable/backends'
import { createRandom } from '@retable/core'
import { cifar10 } from '@retable/datasets/node'
import { loader, channelStats, subset } from '@retable/datasets'
import { vgg, model as byName } from '@retable/models'
import { fit } from '@retable/training'
import { trainTransform } from './reproductions/dist/units/input.js'
import { makeOptimizer } from './reproductions/dist/units/learning.js'
import { constant } from '@retable/optimizers'
const o = JSON.parse(process.argv[2])
const { init='pytorch', width=0.5, size=32, steps=200, lr=1e-3, name='vgg-D', dropout=0.5 } = o
await useBackend('onnx', { threads: o.threads ?? 1 })
const train = await cifar10({ dir: '/tmp/data', split: 'train' })
const {mean,std} = await channelStats(subset(train, Uint32Array.from({length:5000},(_, i)=>i)))
const m = byName(name,{classes:10,inputSize:size,widthScale:width,initialization:init,dropout})
const data=loader(train,{batchSize:64,shuffle:true,dropLast:true,random:createRandom(11).stream('data'),transform:trainTransform({scale:[size,size],crop:size,flip:.7,colour:false,pixels:'unit-variance'},{mean,std,pca:null})})
const t0=performance.now()
const {curve}=await fit({model:m,params:m.init(createRandom(11).stream('init')),data,steps,optimizer:makeOptimizer({optimizer:{kind:'adam',weightDecay:1e-4}}),schedule:constant(lr),random:createRandom(11).stream('fit'),trainErrors:true,curveEvery:Math.round(steps/10)})
console.log(JSON.stringify(o), ((performance.now()-t0)/steps).toFixed(0)+' ms/step', curve.map(c=>`${c.trainLoss.toFixed(3)}/${c.trainTop1.toFixed(0)}`).join(' '))
