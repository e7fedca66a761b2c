import theme from 'vitepress/theme'
import './tables.css'

export { theme as default }
